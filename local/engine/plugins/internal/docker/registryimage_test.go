package docker

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
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
	for image, says := range map[string]string{
		"": "is missing", "Owner/APP:1.0": "not an image reference", "app:1:2": "not an image reference",
	} {
		_, err := look(t, configured(t, nil), image)
		mustSay(t, err, says, "name")
	}
}

func TestOtherTypesOfDockerAreRefusedByName(t *testing.T) {
	p := New()
	urn := resource.NewURN("dev", "test", "", tokens.Type("docker:index/service:Service"), "web")
	_, err := p.Check(t.Context(), plugin.CheckRequest{URN: urn, Type: urn.Type()})
	mustSay(t, err, "docker:index/service:Service is not implemented by this plugin", "published plugin")
	_, err = p.Invoke(t.Context(), plugin.InvokeRequest{Tok: "docker:index/getNetwork:getNetwork"})
	mustSay(t, err, "docker:index/getNetwork:getNetwork is not implemented by this plugin")
}
