package kube

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

func restTransport(config *rest.Config) (http.RoundTripper, error) { return rest.TransportFor(config) }

func writeKubeconfig(folder, path, address string) error {
	config := clientcmdapi.NewConfig()
	config.Clusters["test"] = &clientcmdapi.Cluster{Server: address, CertificateAuthority: folder + "/ca.crt"}
	config.AuthInfos["admin"] = &clientcmdapi.AuthInfo{ClientCertificate: folder + "/admin.crt", ClientKey: folder + "/admin.key"}
	config.Contexts["test"] = &clientcmdapi.Context{Cluster: "test", AuthInfo: "admin"}
	config.CurrentContext = "test"
	return clientcmd.WriteToFile(*config, path)
}

// needCluster skips a test where there are no binaries to run an API server.
func needCluster(t *testing.T) {
	t.Helper()
	if testCluster.missing != "" {
		t.Skip(testCluster.missing)
	}
}

// messages is a Host that keeps what the provider says.
type messages struct {
	mutex sync.Mutex
	lines []string
	said  chan string
}

func (m *messages) Log(_ context.Context, severity diag.Severity, _ resource.URN, text string) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.lines = append(m.lines, string(severity)+": "+text)
	return nil
}

func (m *messages) LogStatus(_ context.Context, _ diag.Severity, _ resource.URN, text string) error {
	select {
	case m.said <- text:
	default:
	}
	return nil
}

func (m *messages) text() string {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return strings.Join(m.lines, "\n")
}

// fixture is a configured provider with a namespace of its own.
type fixture struct {
	*Provider
	t         *testing.T
	host      *messages
	namespace string
}

func newFixture(t *testing.T, settings map[string]any) *fixture {
	t.Helper()
	needCluster(t)
	f := &fixture{t: t, host: &messages{said: make(chan string, 100)}}
	f.namespace = strings.ToLower(strings.NewReplacer("/", "-", "_", "-", " ", "-", ",", "", "=", "-").Replace(t.Name()))
	f.namespace = fmt.Sprintf("%.40s-%s", f.namespace, shortHash(t.Name()))
	f.put("v1", "namespaces", "", map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": f.namespace}})
	f.Provider = New(f.host)
	t.Cleanup(func() { _ = f.Close() })
	inputs := resource.PropertyMap{"kubeconfig": resource.NewStringProperty(testCluster.kubeconfig)}
	for key, value := range settings {
		inputs[resource.PropertyKey(key)] = resource.NewPropertyValue(value)
	}
	if _, err := f.Configure(t.Context(), plugin.ConfigureRequest{Inputs: inputs}); err != nil {
		t.Fatal(err)
	}
	return f
}

// anew returns a second provider on the same cluster, as the next run of the engine starts one.
func (f *fixture) anew() *fixture {
	next := *f
	next.host = &messages{said: make(chan string, 100)}
	next.Provider = New(next.host)
	next.settings = f.settings
	f.t.Cleanup(func() { _ = next.Close() })
	return &next
}

func (f *fixture) raw(apiVersion, plural, namespace string) dynamic.ResourceInterface {
	gv, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		f.t.Fatal(err)
	}
	at := testCluster.client.Resource(gv.WithResource(plural))
	if namespace == "" {
		return at
	}
	return at.Namespace(namespace)
}

// put creates an object as another client would.
func (f *fixture) put(apiVersion, plural, namespace string, object map[string]any) *unstructured.Unstructured {
	f.t.Helper()
	made, err := f.raw(apiVersion, plural, namespace).Create(
		context.Background(), &unstructured.Unstructured{Object: object}, metav1.CreateOptions{FieldManager: "another-client"},
	)
	if err != nil {
		f.t.Fatal(err)
	}
	return made
}

// edit changes an object as another client would.
func (f *fixture) edit(apiVersion, plural, name, patch string, subresources ...string) *unstructured.Unstructured {
	f.t.Helper()
	changed, err := f.raw(apiVersion, plural, f.namespace).Patch(
		context.Background(), name, types.MergePatchType, []byte(patch), metav1.PatchOptions{FieldManager: "another-client"}, subresources...)
	if err != nil {
		f.t.Fatal(err)
	}
	return changed
}

func (f *fixture) get(apiVersion, plural, name string) (*unstructured.Unstructured, error) {
	return f.raw(apiVersion, plural, f.namespace).Get(context.Background(), name, metav1.GetOptions{})
}

// resourceState is what the engine would keep of a resource.
type resourceState struct {
	token           string
	urn             resource.URN
	id              resource.ID
	inputs, outputs resource.PropertyMap
}

func urnOf(token, name string) resource.URN {
	return resource.NewURN("dev", "test", "", tokens.Type(token), name)
}

func (f *fixture) check(token, name string, inputs map[string]any, olds resource.PropertyMap) resource.PropertyMap {
	f.t.Helper()
	urn := urnOf(token, name)
	answer, err := f.Check(f.t.Context(), plugin.CheckRequest{
		URN: urn, Name: name, Type: urn.Type(), Olds: olds, News: resource.NewPropertyMapFromMap(inputs), RandomSeed: []byte(name),
	})
	if err != nil {
		f.t.Fatal(err)
	}
	if len(answer.Failures) > 0 {
		f.t.Fatalf("check refuses: %+v", answer.Failures)
	}
	return answer.Properties
}

func (f *fixture) tryCreate(token, name string, inputs map[string]any, preview bool) (resourceState, error) {
	f.t.Helper()
	checked := f.check(token, name, inputs, nil)
	urn := urnOf(token, name)
	made, err := f.Create(f.t.Context(), plugin.CreateRequest{URN: urn, Name: name, Type: urn.Type(), Properties: checked, Preview: preview})
	return resourceState{token: token, urn: urn, id: made.ID, inputs: checked, outputs: made.Properties}, err
}

func (f *fixture) create(token, name string, inputs map[string]any) resourceState {
	f.t.Helper()
	state, err := f.tryCreate(token, name, inputs, false)
	if err != nil {
		f.t.Fatal(err)
	}
	return state
}

func (f *fixture) diff(s resourceState, inputs map[string]any, ignored ...string) (plugin.DiffResponse, resource.PropertyMap) {
	f.t.Helper()
	checked := f.check(s.token, s.urn.Name(), inputs, s.inputs)
	answer, err := f.Diff(f.t.Context(), plugin.DiffRequest{
		URN: s.urn, Name: s.urn.Name(), Type: s.urn.Type(), ID: s.id, OldInputs: s.inputs, OldOutputs: s.outputs,
		NewInputs: checked, IgnoreChanges: ignored,
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return answer, checked
}

func (f *fixture) tryUpdate(s resourceState, inputs map[string]any, preview bool, ignored ...string) (resourceState, error) {
	f.t.Helper()
	checked := f.check(s.token, s.urn.Name(), inputs, s.inputs)
	answer, err := f.Update(f.t.Context(), plugin.UpdateRequest{
		URN: s.urn, Name: s.urn.Name(), Type: s.urn.Type(), ID: s.id, OldInputs: s.inputs, OldOutputs: s.outputs, NewInputs: checked,
		Preview: preview, IgnoreChanges: ignored,
	})
	s.inputs, s.outputs = checked, answer.Properties
	return s, err
}

func (f *fixture) update(s resourceState, inputs map[string]any) resourceState {
	f.t.Helper()
	next, err := f.tryUpdate(s, inputs, false)
	if err != nil {
		f.t.Fatal(err)
	}
	return next
}

func (f *fixture) refresh(s resourceState) plugin.ReadResponse {
	f.t.Helper()
	answer, err := f.Read(f.t.Context(), plugin.ReadRequest{
		URN: s.urn, Name: s.urn.Name(), Type: s.urn.Type(), ID: s.id, Inputs: s.inputs, State: s.outputs,
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return answer
}

// drifted returns the paths that `pulumi refresh` would show, as the engine finds them: by a Diff from what was read to the program.
func (f *fixture) drifted(s resourceState) map[string]plugin.PropertyDiff {
	f.t.Helper()
	read := f.refresh(s)
	answer, err := f.Diff(f.t.Context(), plugin.DiffRequest{
		URN: s.urn, Name: s.urn.Name(), Type: s.urn.Type(), ID: s.id, OldInputs: read.Inputs, OldOutputs: read.Outputs, NewInputs: s.inputs,
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return answer.DetailedDiff
}

func (f *fixture) tryDelete(s resourceState, timeout time.Duration) error {
	_, err := f.Delete(f.t.Context(), plugin.DeleteRequest{
		URN: s.urn, Name: s.urn.Name(), Type: s.urn.Type(), ID: s.id, Inputs: s.inputs, Outputs: s.outputs, Timeout: timeout.Seconds(),
	})
	return err
}

// mustSay fails unless an error says all of the given texts.
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
}
