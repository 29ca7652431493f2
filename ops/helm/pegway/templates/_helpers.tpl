{{- define "pegway.labels" -}}
app.kubernetes.io/name: pegway
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "pegway.selector" -}}
app.kubernetes.io/name: pegway
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
