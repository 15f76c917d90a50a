package docker

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// guarded asks for a user and a password, as a private registry does.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if given, secret, ok := r.BasicAuth(); !ok || given != user || secret != password {
			w.Header().Set("WWW-Authenticate", `Basic realm="private"`)
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func TestAPrivateRegistryIsReadWithTheCredentialsOfRegistryAuth(t *testing.T) {
	host := serve(t, guarded)
	digest := push(t, host+"/owner/app:1.0")
	folder := t.TempDir()
	content := fmt.Sprintf(`{"auths":{"%s":{"auth":"cm9ib3Q6Y29ycmVjdC1ob3JzZQ=="}}}`, host)
	if err := os.WriteFile(filepath.Join(folder, "config.json"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	other := map[string]any{"address": "registry.test", "username": "x", "password": "y"}
	text, err := json.Marshal([]any{map[string]any{"address": host, "username": user, "password": password}})
	if err != nil {
		t.Fatal(err)
	}
	for name, auth := range map[string]any{
		"user and password":           []any{other, map[string]any{"address": host, "username": user, "password": password}},
		"address written as a URL":    []any{map[string]any{"address": "http://" + host + "/v2/", "username": user, "password": password}},
		"contents of a Docker config": []any{map[string]any{"address": host, "configFileContent": content}},
		"path of a Docker config":     []any{map[string]any{"address": host, "configFile": filepath.Join(folder, "config.json")}},
		"folder of a Docker config":   []any{map[string]any{"address": host, "configFile": folder}},
		"JSON of a default provider":  string(text),
		"password as a secret": []any{map[string]any{
			"address": host, "username": user, "password": resource.MakeSecret(resource.NewStringProperty(password)),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := look(t, configured(t, auth), host+"/owner/app:1.0")
			if err != nil || answer["sha256Digest"].StringValue() != digest {
				t.Errorf("%v, %v", answer, err)
			}
		})
	}
}

func TestARefusalSaysWithWhichCredentialsItWasAsked(t *testing.T) {
	host := serve(t, guarded)
	_, err := look(t, configured(t, nil), host+"/owner/app:1.0")
	mustSay(t, err, "does not let us read "+host+"/owner/app:1.0", "HTTP 401", "no credentials", "registryAuth")
	wrong := []any{map[string]any{"address": host, "username": "stranger", "password": password}}
	_, err = look(t, configured(t, wrong), host+"/owner/app:1.0")
	mustSay(t, err, "HTTP 401", `user "stranger"`)
}

func TestAnAnonymousTokenIsFetchedWhereTheRegistryAsksForOne(t *testing.T) {
	var host string
	var scopes []string
	host = serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/token":
				scopes = append(scopes, r.URL.Query().Get("scope"))
				_, _ = w.Write([]byte(`{"token":"anonymous-token"}`))
			case r.Header.Get("Authorization") != "Bearer anonymous-token" && r.Method != http.MethodPut && r.Method != http.MethodPost &&
				r.Method != http.MethodPatch:
				w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token",service="%s"`, host, host))
				w.WriteHeader(http.StatusUnauthorized)
			default:
				next.ServeHTTP(w, r)
			}
		})
	})
	digest := push(t, host+"/owner/app:1.0")
	scopes = nil
	answer, err := look(t, configured(t, nil), host+"/owner/app:1.0")
	if err != nil || answer["sha256Digest"].StringValue() != digest {
		t.Fatalf("%v, %v", answer, err)
	}
	if len(scopes) == 0 || scopes[0] != "repository:owner/app:pull" {
		t.Errorf("the scopes are %v", scopes)
	}
}

func TestFaultsOfRegistryAuthAreNamedTogether(t *testing.T) {
	auth := []any{
		map[string]any{"username": "x"},
		map[string]any{"address": "a.test", "password": password},
		map[string]any{"address": "b.test", "configFile": "/nowhere/config.json"},
		"c.test",
		map[string]any{"address": "d.test", "configFileContent": "{"},
	}
	answer, err := New().CheckConfig(t.Context(), plugin.CheckConfigRequest{
		News: resource.PropertyMap{"registryAuth": resource.NewPropertyValue(auth)},
	})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, failure := range answer.Failures {
		lines = append(lines, string(failure.Property)+" "+failure.Reason)
	}
	mustSay(t, fmt.Errorf("%s", strings.Join(lines, "\n")),
		"registryAuth[0] has no address", "registryAuth[1] has a password but no username", "registryAuth[2] configFile cannot be read",
		"registryAuth[3] must be an object", "registryAuth[4] configFileContent is not a Docker configuration file")
}

func TestUnknownCredentialsDoNotStopAPreview(t *testing.T) {
	p := New()
	unknown := resource.MakeComputed(resource.NewStringProperty(""))
	for _, auth := range []resource.PropertyValue{unknown, resource.NewArrayProperty([]resource.PropertyValue{
		unknown, resource.NewObjectProperty(resource.PropertyMap{"address": resource.NewStringProperty("a.test"), "password": unknown}),
	})} {
		if _, err := p.Configure(t.Context(), plugin.ConfigureRequest{Inputs: resource.PropertyMap{"registryAuth": auth}}); err != nil {
			t.Error(err)
		}
	}
}

func TestAChangedPasswordReplacesNothing(t *testing.T) {
	inputs := func(secret string) resource.PropertyMap {
		return resource.NewPropertyMapFromMap(
			map[string]any{"registryAuth": []any{map[string]any{"address": "a.test", "username": user, "password": secret}}},
		)
	}
	answer, err := New().DiffConfig(t.Context(), plugin.DiffConfigRequest{OldInputs: inputs("a"), NewInputs: inputs("b")})
	if err != nil || answer.Changes != plugin.DiffSome || answer.Replace() {
		t.Errorf("%+v, %v", answer, err)
	}
}
