package nodejs

import (
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// files writes files under a new folder.
func files(t *testing.T, texts map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range texts {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestPluginsAreThoseOfInstalledPackagesAlsoScopedAndNestedOnesEachOnce(t *testing.T) {
	folder := files(t, map[string]string{
		"node_modules/@pulumi/github/package.json":             `{"name":"@pulumi/github","version":"6.15.0","pulumi":{"resource":true}}`,
		"node_modules/@pulumi/pulumi/package.json":             `{"name":"@pulumi/pulumi","version":"3.0.0"}`,
		"node_modules/outer/package.json":                      `{"name":"outer","version":"1.0.0"}`,
		"node_modules/outer/node_modules/inner/package.json":   `{"name":"inner","version":"v2.0.0","pulumi":{"resource":true,"name":"innerplugin","server":"https://example.com"}}`,
		"node_modules/stranger/package.json":                   `{"name":"stranger","version":"1.0.0","pulumi":{"resource":true}}`,
		"node_modules/.cache/hidden/package.json":              `{"name":"@pulumi/hidden","version":"1.0.0","pulumi":{"resource":true}}`,
		"node_modules/generated/package.json":                  `{"name":"generated","version":"1.0.0","pulumi":{"resource":true,"name":"terraform-provider","version":"0.8.0","parameterization":{"name":"made","version":"1.2.3","value":"YWJj"}}}`,
		"node_modules/@pulumi/github/node_modules/x/README.md": "no package",
	})
	for link, target := range map[string]string{"loop": folder, "gone": filepath.Join(folder, "nowhere")} {
		if err := os.Symlink(target, filepath.Join(folder, "node_modules", link)); err != nil {
			t.Fatal(err)
		}
	}
	found, err := requiredPackages(folder)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, one := range found {
		said = append(said, one.Name+" "+one.Version+" "+one.Server+" "+one.GetParameterization().GetName()+string(one.GetParameterization().GetValue()))
	}
	sort.Strings(said)
	want := []string{"github v6.15.0  ", "innerplugin v2.0.0 https://example.com ", "terraform-provider v0.8.0  madeabc"}
	if !reflect.DeepEqual(said, want) {
		t.Errorf("found %q, not %q", said, want)
	}
}

func TestAPackageFileThatDoesNotParseIsNamed(t *testing.T) {
	folder := files(t, map[string]string{"node_modules/torn/package.json": `{"name":`})
	if _, err := requiredPackages(folder); err == nil || !contains(err, "torn") {
		t.Errorf("said %v", err)
	}
}

func TestDependenciesComeFromTheLockFileDirectOnesOrAll(t *testing.T) {
	folder := files(t, map[string]string{
		"package.json": `{"dependencies":{"a":"^1.0.0","unlocked":"^9.0.0","absent":"~7.0.0"},"devDependencies":{"@s/b":"*"}}`,
		"package-lock.json": `{"packages":{"":{},"node_modules/a":{"version":"1.2.3"},"node_modules/@s/b":{"version":"4.5.6"},
			"node_modules/a/node_modules/c":{"version":"7.8.9"}}}`,
		"node_modules/unlocked/package.json": `{"name":"unlocked","version":"9.9.9"}`,
	})
	for transitive, want := range map[bool][]string{
		false: {"@s/b@4.5.6", "a@1.2.3", "absent@~7.0.0", "unlocked@9.9.9"},
		true:  {"@s/b@4.5.6", "a@1.2.3", "c@7.8.9"},
	} {
		found, err := programDependencies(folder, transitive)
		if err != nil {
			t.Fatal(err)
		}
		if said := namesOf(found); !reflect.DeepEqual(said, want) {
			t.Errorf("transitive %v: found %q, not %q", transitive, said, want)
		}
	}
	if _, err := programDependencies(t.TempDir(), false); err == nil || !contains(err, "npm init") {
		t.Errorf("without a package.json it said %v", err)
	}
}

func namesOf(dependencies []*pulumirpc.DependencyInfo) []string {
	var names []string
	for _, one := range dependencies {
		names = append(names, one.Name+"@"+one.Version)
	}
	return names
}
