package docker

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/configfile"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// login is one entry of the provider's registryAuth: how to sign in at one registry.
type login struct {
	host string
	// source says where the credentials come from, for errors; it never holds a password.
	source string
	auth   authn.Authenticator
}

// loginsOf reads registryAuth from a provider's inputs, with the precedence of @pulumi/docker: configFileContent and configFile
// before username and password, which default to DOCKER_REGISTRY_USER and DOCKER_REGISTRY_PASS.
// An entry with unknown values is left out: the preview goes on without it.
func loginsOf(inputs resource.PropertyMap) ([]login, []plugin.CheckFailure) {
	value := plain(inputs["registryAuth"])
	// Default providers hand nested configuration over as a JSON string.
	if value.IsString() && value.StringValue() != "" {
		var decoded any
		if err := json.Unmarshal([]byte(value.StringValue()), &decoded); err != nil {
			return nil, []plugin.CheckFailure{{Property: "registryAuth", Reason: "is not a list of objects, nor JSON of one: " + err.Error()}}
		}
		value = resource.NewPropertyValue(decoded)
	}
	if !value.HasValue() || value.IsComputed() || (value.IsString() && value.StringValue() == "") {
		return nil, nil
	}
	if !value.IsArray() {
		return nil, []plugin.CheckFailure{{Property: "registryAuth", Reason: "must be a list of objects with an address each"}}
	}
	var logins []login
	var failures []plugin.CheckFailure
	for i, item := range value.ArrayValue() {
		path := resource.PropertyKey(fmt.Sprintf("registryAuth[%d]", i))
		entry := plain(item)
		if entry.IsComputed() {
			continue
		}
		if !entry.IsObject() {
			failures = append(failures, plugin.CheckFailure{Property: path, Reason: "must be an object with an address"})
			continue
		}
		fields := entry.ObjectValue()
		if fields.ContainsUnknowns() {
			continue
		}
		made, err := loginOf(fields)
		if err != nil {
			failures = append(failures, plugin.CheckFailure{Property: path, Reason: err.Error()})
			continue
		}
		logins = append(logins, made)
	}
	return logins, failures
}

func loginOf(fields resource.PropertyMap) (login, error) {
	host := hostOf(text(fields, "address"))
	if host == "" {
		return login{}, fmt.Errorf("has no address: give the registry's host, such as ghcr.io")
	}
	if truthy(fields["authDisabled"]) {
		return login{host: host, source: "authDisabled", auth: authn.Anonymous}, nil
	}
	if content := text(fields, "configFileContent"); content != "" {
		file, err := config.LoadFromReader(strings.NewReader(content))
		if err != nil {
			return login{}, fmt.Errorf("configFileContent is not a Docker configuration file: %w", err)
		}
		return fromFile(host, "configFileContent", file)
	}
	user, password := text(fields, "username"), text(fields, "password")
	path := text(fields, "configFile")
	if path == "" && user == "" && password == "" {
		user, password = os.Getenv("DOCKER_REGISTRY_USER"), os.Getenv("DOCKER_REGISTRY_PASS")
	}
	if path == "" && user != "" {
		return login{host: host, source: fmt.Sprintf("user %q", user), auth: &authn.Basic{Username: user, Password: password}}, nil
	}
	if path == "" && password != "" {
		return login{}, fmt.Errorf("has a password but no username (registry %s)", host)
	}
	return fromPath(host, path)
}

// fromPath reads a Docker configuration file; without a path, the file that the Docker CLI uses, which may be absent.
func fromPath(host, path string) (login, error) {
	optional := path == ""
	if optional {
		path = config.Dir()
	}
	if home, err := os.UserHomeDir(); err == nil && strings.HasPrefix(path, "~/") {
		path = filepath.Join(home, path[2:])
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, config.ConfigFileName)
	}
	reader, err := os.Open(path)
	if err != nil {
		if optional && os.IsNotExist(err) {
			return login{host: host, source: "no credentials", auth: authn.Anonymous}, nil
		}
		return login{}, fmt.Errorf("configFile cannot be read: %w", err)
	}
	defer func() { _ = reader.Close() }()
	file, err := config.LoadFromReader(reader)
	if err != nil {
		return login{}, fmt.Errorf("configFile %s is not a Docker configuration file: %w", path, err)
	}
	return fromFile(host, path, file)
}

func fromFile(host, source string, file *configfile.ConfigFile) (login, error) {
	entry, err := file.GetAuthConfig(host)
	if err != nil {
		return login{}, fmt.Errorf("no credentials for %s in %s: %w", host, source, err)
	}
	return login{host: host, source: source, auth: authn.FromConfig(authn.AuthConfig{
		Username: entry.Username, Password: entry.Password, Auth: entry.Auth,
		IdentityToken: entry.IdentityToken, RegistryToken: entry.RegistryToken,
	})}, nil
}

// hostOf strips scheme and path from an address, as people write both.
func hostOf(address string) string {
	address = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(address), "https://"), "http://")
	host, _, _ := strings.Cut(address, "/")
	if host == "docker.io" || host == "registry-1.docker.io" {
		return "index.docker.io"
	}
	return host
}

// plain returns a value without its secret and output wrappings.
func plain(v resource.PropertyValue) resource.PropertyValue {
	for {
		switch {
		case v.IsSecret():
			v = v.SecretValue().Element
		case v.IsOutput() && v.OutputValue().Known:
			v = v.OutputValue().Element
		case v.IsOutput():
			return resource.MakeComputed(resource.NewStringProperty(""))
		default:
			return v
		}
	}
}

func text(fields resource.PropertyMap, key resource.PropertyKey) string {
	if v := plain(fields[key]); v.IsString() {
		return v.StringValue()
	}
	return ""
}

func truthy(v resource.PropertyValue) bool {
	v = plain(v)
	return (v.IsBool() && v.BoolValue()) || (v.IsString() && v.StringValue() == "true")
}
