package docker

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/docker/cli/cli/connhelper"
	"github.com/docker/docker/api/types/registry"
	"github.com/docker/docker/client"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// settings is the part of the provider's configuration that leads to a daemon.
type settings struct {
	Host     string   `json:"host"`
	SSHOpts  []string `json:"sshOpts"`
	CertPath string   `json:"certPath"`
}

// served are the provider's arguments that this plugin honours. The engine itself takes version and pluginDownloadURL.
var served = []string{"host", "sshOpts", "certPath", "registryAuth", "disableDockerDaemonCheck", "version", "pluginDownloadURL"}

// unservedSettings names what would otherwise be ignored.
func unservedSettings(inputs resource.PropertyMap) []plugin.CheckFailure {
	var failures []plugin.CheckFailure
	for _, key := range inputs.StableKeys() {
		known := strings.HasPrefix(string(key), "__") || inputs[key].IsNull()
		for _, name := range served {
			known = known || string(key) == name
		}
		if !known {
			failures = append(failures, fault(string(key), "is not served by this plugin; use host, with certPath or sshOpts"))
		}
	}
	return failures
}

// settingsOf reads the configuration. Parts of it that are not known yet are left out.
func settingsOf(inputs resource.PropertyMap) (settings, error) {
	known := resource.PropertyMap{}
	for _, key := range []resource.PropertyKey{"host", "sshOpts", "certPath"} {
		value := bareValue(inputs[key])
		// Default providers hand nested configuration over as a JSON string.
		if key == "sshOpts" && value.IsString() && value.StringValue() != "" {
			var list any
			if err := json.Unmarshal([]byte(value.StringValue()), &list); err != nil {
				return settings{}, fmt.Errorf("sshOpts is neither a list nor JSON of one: %w", err)
			}
			value = resource.NewPropertyValue(list)
		}
		if !value.IsNull() && !value.ContainsUnknowns() {
			known[key] = value
		}
	}
	var result settings
	if err := decode(known, &result); err != nil {
		return settings{}, err
	}
	if result.Host == "" {
		result.Host = os.Getenv("DOCKER_HOST")
	}
	if result.Host == "" {
		result.Host = client.DefaultDockerHost
	}
	if result.CertPath == "" {
		result.CertPath = os.Getenv("DOCKER_CERT_PATH")
	}
	return result, nil
}

// daemon connects when it is first used, so that registries can be asked where no Docker runs.
type daemon struct {
	settings settings
	once     sync.Once
	client   *client.Client
	err      error
}

// api returns the client of a daemon that answers.
func (d *daemon) api(ctx context.Context) (*client.Client, error) {
	d.once.Do(func() {
		d.client, d.err = d.settings.connect()
	})
	if d.err != nil {
		return nil, d.err
	}
	if _, err := d.client.Ping(ctx); err != nil {
		return nil, fmt.Errorf("the Docker daemon at %s does not answer: %w. Start it, or correct the provider's host", d.settings.Host, err)
	}
	return d.client, nil
}

func (s settings) connect() (*client.Client, error) {
	options := []client.Opt{client.WithAPIVersionNegotiation()}
	if strings.HasPrefix(s.Host, "ssh://") {
		helper, err := connhelper.GetConnectionHelperWithSSHOpts(s.Host, s.SSHOpts)
		if err != nil {
			return nil, fmt.Errorf("the Docker host %s cannot be reached by ssh: %w", s.Host, err)
		}
		// The address only names the connection: the helper makes it.
		options = append(options, client.WithHTTPClient(&http.Client{Transport: &http.Transport{DialContext: helper.Dialer}}),
			client.WithHost(helper.Host), client.WithDialContext(helper.Dialer))
	} else {
		options = append(options, client.WithHost(s.Host))
	}
	if s.CertPath != "" {
		file := func(name string) string { return filepath.Join(s.CertPath, name) }
		options = append(options, client.WithTLSClientConfig(file("ca.pem"), file("cert.pem"), file("key.pem")))
	}
	made, err := client.NewClientWithOpts(options...)
	if err != nil {
		return nil, fmt.Errorf("the Docker host %q is not valid: %w. Write it like unix:///var/run/docker.sock", s.Host, err)
	}
	return made, nil
}

// pullCredentials returns what the daemon passes on to an image's registry; empty when registryAuth has no entry for it.
func pullCredentials(host string, logins []login) (string, error) {
	for _, candidate := range logins {
		if candidate.host != host {
			continue
		}
		found, err := candidate.auth.Authorization()
		if err != nil {
			return "", fmt.Errorf("the credentials for %s cannot be read: %w", host, err)
		}
		text, err := json.Marshal(registry.AuthConfig{
			Username: found.Username, Password: found.Password, Auth: found.Auth,
			IdentityToken: found.IdentityToken, RegistryToken: found.RegistryToken, ServerAddress: host,
		})
		if err != nil {
			return "", err
		}
		return base64.URLEncoding.EncodeToString(text), nil
	}
	return "", nil
}
