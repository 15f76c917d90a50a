package kube

import (
	"context"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// countingProxy stands between a provider and the cluster and counts requests.
type countingProxy struct {
	mutex    sync.Mutex
	requests []string
}

func (c *countingProxy) seen() []string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return append([]string(nil), c.requests...)
}

// count makes a provider's requests countable; call it before the first of them.
func (f *fixture) count() *countingProxy {
	f.t.Helper()
	counter := &countingProxy{}
	c, err := f.connect()
	if err != nil {
		f.t.Fatal(err)
	}
	c.config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTripFunc(func(request *http.Request) (*http.Response, error) {
			counter.mutex.Lock()
			counter.requests = append(counter.requests, request.Method+" "+request.URL.RequestURI())
			counter.mutex.Unlock()
			return next.RoundTrip(request)
		})
	})
	if c.client, err = dynamic.NewForConfig(c.config); err != nil {
		f.t.Fatal(err)
	}
	if c.discovery, err = discovery.NewDiscoveryClientForConfig(c.config); err != nil {
		f.t.Fatal(err)
	}
	return counter
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func readFile(t *testing.T, path string) string {
	t.Helper()
	contents, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(contents)
}

func pathTo(keys ...any) fieldpath.Path { return fieldpath.MakePathOrDie(keys...) }

// nested returns what lies at a path of keys and list places, or null.
func nested(properties resource.PropertyMap, path ...any) resource.PropertyValue {
	value, found := resource.PropertyPath(path).Get(resource.NewObjectProperty(bareMap(properties)))
	if !found {
		return resource.NewNullProperty()
	}
	return value
}

// jsonLike returns a structure with numbers as a JSON decoder of Kubernetes makes them.
func jsonLike(fields map[string]any) map[string]any {
	plain, _ := mapOf(resource.NewPropertyMapFromMap(fields))
	return plain
}

// asReader returns a provider whose user may get one kind of the fixture's namespace and nothing else.
func (f *fixture) asReader(group, plural string) *fixture {
	f.t.Helper()
	f.put("rbac.authorization.k8s.io/v1", "roles", f.namespace, map[string]any{
		"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": map[string]any{"name": "reader"},
		"rules": []any{map[string]any{"apiGroups": []any{group}, "resources": []any{plural}, "verbs": []any{"get"}}},
	})
	f.put("rbac.authorization.k8s.io/v1", "rolebindings", f.namespace, map[string]any{
		"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": map[string]any{"name": "reader"},
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
		"subjects": []any{map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "reader"}},
	})
	reader := f.anew()
	c, err := reader.connect()
	if err != nil {
		f.t.Fatal(err)
	}
	c.config.Impersonate = rest.ImpersonationConfig{UserName: "reader", Groups: []string{"system:authenticated"}}
	if c.client, err = dynamic.NewForConfig(c.config); err != nil {
		f.t.Fatal(err)
	}
	// The API server learns of a role by a watch of its own.
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		_, err := c.client.Resource(schema.GroupVersionResource{Group: group, Version: "v1", Resource: plural}).
			Namespace(f.namespace).Get(context.Background(), "nothing", metav1.GetOptions{})
		if isNotFound(err) {
			break
		}
	}
	return reader
}

var (
	deleteNow    = metav1.DeleteOptions{}
	patchOptions = metav1.PatchOptions{FieldManager: "another-client"}
)

const mergePatch = types.MergePatchType

// partialOf returns what the engine would keep of a resource that exists but is not ready.
func partialOf(t *testing.T, err error) *pulumirpc.ErrorResourceInitFailed {
	t.Helper()
	if err == nil {
		t.Fatal("there was no error")
	}
	for _, detail := range rpcerror.Convert(err).Details() {
		if partial, ok := detail.(*pulumirpc.ErrorResourceInitFailed); ok {
			return partial
		}
	}
	t.Fatalf("the error carries no state: %v", err)
	return nil
}
