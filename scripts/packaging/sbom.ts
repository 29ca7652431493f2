/** As much of a CycloneDX document as is read here. */
export interface Sbom {
  readonly serialNumber?: string;
  readonly metadata: { readonly component: { readonly 'bom-ref': string; readonly name: string } };
  readonly components: readonly {
    readonly 'bom-ref': string;
    readonly name: string;
    readonly version: string;
    readonly properties?: readonly unknown[];
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

/** Each part of THIRD-PARTY-LICENSES begins with `name version (licence)`. */
const HEADING = /^((?:@[\w.-]+\/)?[\w.-]+) (\d[\w.+-]*) \([^\n]*\)(\n|$)/;

const bundledIn = (text: string): string[] =>
  text
    .replace(/^[^\n]*\n\n/, '')
    .split(`\n\n${'-'.repeat(80)}\n\n`)
    .flatMap((part) => {
      const [, name, version] = HEADING.exec(part) ?? [];
      return name === undefined ? [] : [`${name}@${version}`];
    });

/**
 * Reduces npm's SBOM of the whole checkout to the packages of which code is in the package, and removes what differs from run to
 * run and from machine to machine. npm marks all of them as needed for development only, which code in a bundle is not.
 * @param licenses The texts that list the bundled packages.
 * @throws {Error} when npm does not list a bundled package.
 */
export function sbomOf(all: Sbom, licenses: readonly string[]) {
  const bundled = new Set(licenses.flatMap(bundledIn));
  const components = all.components
    .filter(({ name, version }) => bundled.has(`${name}@${version}`))
    .map(({ properties: _, ...component }) => component);
  const found = new Set(components.map(({ name, version }) => `${name}@${version}`));
  const missing = [...bundled].filter((one) => !found.has(one));
  if (bundled.size === 0 || missing.length > 0) {
    throw new Error(`npm sbom does not list ${missing.join(', ') || 'any package'}`);
  }

  const { component } = all.metadata;
  const refs = new Set([component['bom-ref'], ...components.map((one) => one['bom-ref'])]);
  const { serialNumber: _, ...rest } = all;
  return {
    ...rest,
    // npm names it after the folder of the checkout.
    metadata: { component: { ...component, name: component['bom-ref'].replace(/@[^@]*$/, '') } },
    components,
    dependencies: all.dependencies
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) })),
  };
}
