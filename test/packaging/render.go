// Renders a Helm chart as Helm does, with the same template engine and the same functions, where there is no Helm.
//
//	go run render.go CHART RELEASE < values.json > manifests.yaml
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"sigs.k8s.io/yaml"
)

func read(file string) (values map[string]interface{}) {
	text, err := os.ReadFile(file)
	check(err)
	check(yaml.Unmarshal(text, &values))
	return values
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// What the operator says over what the chart says, map by map.
func merge(base, over map[string]interface{}) map[string]interface{} {
	for name, value := range over {
		inner, isMap := value.(map[string]interface{})
		if known, wasMap := base[name].(map[string]interface{}); isMap && wasMap {
			base[name] = merge(known, inner)
		} else {
			base[name] = value
		}
	}
	return base
}

func main() {
	chart, release := os.Args[1], os.Args[2]
	about := read(filepath.Join(chart, "Chart.yaml"))
	var own map[string]interface{}
	check(json.NewDecoder(os.Stdin).Decode(&own))

	root := template.New("chart").Option("missingkey=zero")
	functions := sprig.TxtFuncMap()
	functions["toYaml"] = func(value interface{}) (string, error) {
		text, err := yaml.Marshal(value)
		return strings.TrimSuffix(string(text), "\n"), err
	}
	functions["include"] = func(name string, value interface{}) (string, error) {
		var text bytes.Buffer
		err := root.ExecuteTemplate(&text, name, value)
		return text.String(), err
	}
	root.Funcs(functions)
	files, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	check(err)
	_, err = root.ParseFiles(files...)
	check(err)

	values := map[string]interface{}{
		"Values":  merge(read(filepath.Join(chart, "values.yaml")), own),
		"Release": map[string]interface{}{"Name": release, "Namespace": "default", "Service": "Helm"},
		"Chart":   map[string]interface{}{"Name": about["name"], "AppVersion": about["appVersion"]},
	}
	for _, file := range files {
		if filepath.Ext(file) != ".yaml" {
			continue
		}
		fmt.Println("---")
		check(root.ExecuteTemplate(os.Stdout, filepath.Base(file), values))
	}
}
