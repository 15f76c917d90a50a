package docker

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

const (
	user     = "robot"
	password = "correct-horse"
)

// serve runs a registry on this machine and returns its host and port.
func serve(t *testing.T, wrap func(http.Handler) http.Handler) string {
	t.Helper()
	var handler http.Handler = registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	if wrap != nil {
		handler = wrap(handler)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// push stores an image of one platform under a tag and returns its digest.
func push(t *testing.T, reference string) string {
	t.Helper()
	image, err := random.Image(64, 1)
	if err != nil {
		t.Fatal(err)
	}
	tag, err := name.ParseReference(reference)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(tag, image, remote.WithAuth(&authn.Basic{Username: user, Password: password})); err != nil {
		t.Fatal(err)
	}
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}

func configured(t *testing.T, auth any) *Provider {
	t.Helper()
	p := New()
	inputs := resource.PropertyMap{}
	if auth != nil {
		inputs["registryAuth"] = resource.NewPropertyValue(auth)
	}
	if _, err := p.Configure(t.Context(), plugin.ConfigureRequest{Inputs: inputs}); err != nil {
		t.Fatal(err)
	}
	return p
}

func look(t *testing.T, p *Provider, image string) (resource.PropertyMap, error) {
	t.Helper()
	answer, err := p.Invoke(t.Context(), plugin.InvokeRequest{
		Tok: registryImageToken, Args: resource.PropertyMap{"name": resource.NewStringProperty(image)},
	})
	if err == nil && len(answer.Failures) > 0 {
		err = fmt.Errorf("%s: %s", answer.Failures[0].Property, answer.Failures[0].Reason)
	}
	return answer.Properties, err
}

func mustSay(t *testing.T, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("there was no error")
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error does not say %q:\n%v", text, err)
		}
	}
	if strings.Contains(err.Error(), password) {
		t.Errorf("the error shows the password: %v", err)
	}
}

func TestTheDigestOfATagIsReadFromTheRegistry(t *testing.T) {
	host := serve(t, nil)
	image := host + "/owner/app:1.0"
	digest := push(t, image)
	answer, err := look(t, configured(t, nil), image)
	if err != nil {
		t.Fatal(err)
	}
	want := resource.NewPropertyMapFromMap(map[string]any{"id": digest, "name": image, "sha256Digest": digest})
	if !answer.DeepEquals(want) {
		t.Errorf("the answer is %v", answer)
	}
	if again, err := look(t, configured(t, nil), image+"@"+digest); err != nil || again["sha256Digest"].StringValue() != digest {
		t.Errorf("by tag and digest: %v, %v", again, err)
	}
}

func TestTheDigestOfAnImageOfSeveralPlatformsIsThatOfItsIndex(t *testing.T) {
	host := serve(t, nil)
	index, err := random.Index(64, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	tag, err := name.NewTag(host + "/owner/app:multi")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(tag, index); err != nil {
		t.Fatal(err)
	}
	want, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	answer, err := look(t, configured(t, nil), tag.String())
	if err != nil || answer["sha256Digest"].StringValue() != want.String() {
		t.Errorf("%v, %v, not %s", answer, err, want)
	}
}

func TestARegistryThatAnswersHeadWithoutADigestIsAskedByGet(t *testing.T) {
	var pushed atomic.Bool
	host := serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if pushed.Load() && r.Method == http.MethodHead && strings.Contains(r.URL.Path, "/manifests/") {
				w.WriteHeader(http.StatusMethodNotAllowed)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	digest := push(t, host+"/owner/app:1.0")
	pushed.Store(true)
	if answer, err := look(t, configured(t, nil), host+"/owner/app:1.0"); err != nil || answer["sha256Digest"].StringValue() != digest {
		t.Errorf("%v, %v", answer, err)
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	host := serve(t, nil)
	push(t, host+"/owner/app:1.0")
	_, err := look(t, configured(t, nil), host+"/owner/app:2.0")
	mustSay(t, err, host, `"2.0"`, "owner/app")
	_, err = look(t, configured(t, nil), host+"/owner/nothing:1.0")
	mustSay(t, err, "no repository owner/nothing", `"1.0"`, "Push the image first")
}

func TestAnUnreachableRegistryIsNamed(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := listener.Addr().String()
	_ = listener.Close()
	_, err = look(t, configured(t, nil), host+"/owner/app:1.0")
	mustSay(t, err, "cannot reach the registry "+host, "connection refused", host+"/owner/app:1.0")
}

func TestANameThatIsNoReferenceIsRefused(t *testing.T) {
	for image, says := range map[string]string{"": "is missing", "Owner/APP:1.0": "not an image reference", "app:1:2": "not an image reference"} {
		_, err := look(t, configured(t, nil), image)
		mustSay(t, err, says, "name")
	}
}

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
			case r.Header.Get("Authorization") != "Bearer anonymous-token" && r.Method != http.MethodPut && r.Method != http.MethodPost && r.Method != http.MethodPatch:
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
		return resource.NewPropertyMapFromMap(map[string]any{"registryAuth": []any{map[string]any{"address": "a.test", "username": user, "password": secret}}})
	}
	answer, err := New().DiffConfig(t.Context(), plugin.DiffConfigRequest{OldInputs: inputs("a"), NewInputs: inputs("b")})
	if err != nil || answer.Changes != plugin.DiffSome || answer.Replace() {
		t.Errorf("%+v, %v", answer, err)
	}
}

func TestOtherTypesOfDockerAreRefusedByName(t *testing.T) {
	p := New()
	urn := resource.NewURN("dev", "test", "", tokens.Type("docker:index/container:Container"), "web")
	_, err := p.Check(t.Context(), plugin.CheckRequest{URN: urn, Type: urn.Type()})
	mustSay(t, err, "docker:index/container:Container is not implemented by this plugin", "published plugin")
	_, err = p.Invoke(t.Context(), plugin.InvokeRequest{Tok: "docker:index/getNetwork:getNetwork"})
	mustSay(t, err, "docker:index/getNetwork:getNetwork is not implemented by this plugin")
}
