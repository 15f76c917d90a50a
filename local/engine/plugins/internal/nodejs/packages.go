package nodejs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// packageFile is what is read of a package.json.
type packageFile struct {
	Name            string            `json:"name"`
	Version         string            `json:"version"`
	Dependencies    map[string]string `json:"dependencies"`
	DevDependencies map[string]string `json:"devDependencies"`
	Pulumi          struct {
		Resource         bool   `json:"resource"`
		Name             string `json:"name"`
		Version          string `json:"version"`
		Server           string `json:"server"`
		Parameterization *struct {
			Name    string `json:"name"`
			Version string `json:"version"`
			Value   []byte `json:"value"`
		} `json:"parameterization"`
	} `json:"pulumi"`
}

// readPackage reads the package.json of a folder; it is nil where there is none.
func readPackage(folder string) (*packageFile, error) {
	return readJSON[packageFile](filepath.Join(folder, "package.json"))
}

func readJSON[Value any](file string) (*Value, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var value Value
	if err := json.Unmarshal(text, &value); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return &value, nil
}

// requiredPackages finds every installed package, at any depth, that names a resource plugin. Nested policy packs are programs of their own.
func requiredPackages(programDirectory string) ([]*pulumirpc.PackageDependency, error) {
	walk := walk{visited: map[string]bool{}}
	err := walk.modules(filepath.Join(programDirectory, "node_modules"))
	return walk.found, err
}

type walk struct {
	visited map[string]bool
	found   []*pulumirpc.PackageDependency
}

func (walk *walk) modules(folder string) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name, path := entry.Name(), filepath.Join(folder, entry.Name())
		if strings.HasPrefix(name, ".") || entry.Type().IsRegular() {
			continue
		}
		// A link to nowhere is what `npm unlink` of another project leaves.
		if _, err := os.Stat(path); err != nil {
			continue
		}
		visit := walk.visit
		if strings.HasPrefix(name, "@") {
			visit = walk.modules
		}
		if err := visit(path); err != nil {
			return err
		}
	}
	return nil
}

func (walk *walk) visit(path string) error {
	folder, err := filepath.EvalSymlinks(path)
	if err != nil || walk.visited[folder] {
		return err
	}
	walk.visited[folder] = true
	file, err := readPackage(folder)
	if err != nil {
		return err
	}
	if dependency := pluginOf(file); dependency != nil {
		walk.found = append(walk.found, dependency)
	}
	return walk.modules(filepath.Join(folder, "node_modules"))
}

func pluginOf(file *packageFile) *pulumirpc.PackageDependency {
	if file == nil || !file.Pulumi.Resource {
		return nil
	}
	own := file.Pulumi
	// Outside of the vendor's scope the file must name its plugin; there is nothing to start otherwise.
	name, scoped := strings.CutPrefix(file.Name, "@pulumi/")
	if own.Name != "" {
		name = own.Name
	} else if !scoped {
		return nil
	}
	version := own.Version
	if version == "" {
		version = file.Version
	}
	if version == "" {
		return nil
	}
	dependency := &pulumirpc.PackageDependency{
		Name: name, Kind: "resource", Version: "v" + strings.TrimPrefix(version, "v"), Server: own.Server,
	}
	if given := own.Parameterization; given != nil {
		dependency.Parameterization = &pulumirpc.PackageParameterization{Name: given.Name, Version: given.Version, Value: given.Value}
	}
	return dependency
}

// lockFile is what is read of a package-lock.json.
type lockFile struct {
	Packages map[string]packageFile `json:"packages"`
}

// programDependencies lists the direct dependencies of a program with their installed versions, by name, or with `transitive` everything
// that is installed. The error says that the folder has no package.json.
func programDependencies(programDirectory string, transitive bool) ([]*pulumirpc.DependencyInfo, error) {
	file, err := readPackage(programDirectory)
	if err != nil {
		return nil, err
	}
	if file == nil {
		return nil, fmt.Errorf("%s has no package.json: run `npm init` there", programDirectory)
	}
	lock, err := readJSON[lockFile](filepath.Join(programDirectory, "package-lock.json"))
	if err != nil {
		return nil, err
	}
	if lock == nil {
		lock = &lockFile{}
	}
	var found []*pulumirpc.DependencyInfo
	if transitive && len(lock.Packages) > 0 {
		for path, locked := range lock.Packages {
			if at := strings.LastIndex(path, "node_modules/"); at >= 0 && locked.Version != "" {
				found = append(found, &pulumirpc.DependencyInfo{Name: path[at+len("node_modules/"):], Version: locked.Version})
			}
		}
	} else {
		for _, wanted := range []map[string]string{file.Dependencies, file.DevDependencies} {
			for name, version := range wanted {
				if installed, present := lock.Packages["node_modules/"+name]; present {
					version = installed.Version
				} else if installed, err := readPackage(filepath.Join(programDirectory, "node_modules", name)); err == nil && installed != nil {
					version = installed.Version
				}
				found = append(found, &pulumirpc.DependencyInfo{Name: name, Version: version})
			}
		}
	}
	sort.Slice(found, func(a, b int) bool { return found[a].Name < found[b].Name })
	return found, nil
}
