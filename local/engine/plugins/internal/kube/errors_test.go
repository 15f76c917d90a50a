package kube

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

func TestAFieldThatTheSchemaRefusesIsNamedWithItsPath(t *testing.T) {
	f := newFixture(t, nil)
	kind := f.create(definitionToken, "bricks", definition("bricks", "Brick", "Namespaced"))
	t.Cleanup(func() { _ = f.tryDelete(kind, 0) })
	brick := func(spec map[string]any) map[string]any {
		return map[string]any{"metadata": map[string]any{"name": "b", "namespace": f.namespace}, "spec": spec}
	}
	misspelt := quietDeployment("web", f.namespace, 1)
	misspelt["spec"].(map[string]any)["replica"] = 2
	for name, c := range map[string]struct {
		token  string
		inputs map[string]any
		says   []string
	}{
		"unknown field of a built-in kind": {deploymentToken, misspelt, []string{"spec.replica: the kind has no such field"}},
		"unknown field of a custom kind": {
			"kubernetes:example.test/v1:Brick", brick(map[string]any{"sise": 1}), []string{"spec.sise: the kind has no such field"},
		},
		"type of a custom field": {
			"kubernetes:example.test/v1:Brick", brick(map[string]any{"size": "big"}), []string{"spec.size: expected numeric"},
		},
		"range of a custom field": {
			"kubernetes:example.test/v1:Brick", brick(map[string]any{"size": 0}), []string{"spec.size", "greater than or equal to 1"},
		},
		"validation of a built-in kind": {configMapToken, configMap("Not_A_Name", f.namespace, nil), []string{"metadata.name", "RFC 1123"}},
	} {
		for _, preview := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, preview %v", name, preview), func(t *testing.T) {
				_, err := f.tryCreate(c.token, "x", c.inputs, preview)
				mustSay(t, err, append(c.says, "cannot create")...)
			})
		}
	}
}

func TestAnUnknownKindListsThoseLikeIt(t *testing.T) {
	f := newFixture(t, nil)
	for token, says := range map[string][]string{
		"kubernetes:apps/v1:Deploymnet":                   {"does not serve kind Deploymnet of apps/v1", "Deployment of apps/v1"},
		"kubernetes:apps/v1beta1:Deployment":              {"Deployment of apps/v1"},
		"kubernetes:argoproj.io/v1alpha1:Application":     {"No CustomResourceDefinition of group argoproj.io", "dependsOn", testCluster.address},
		"kubernetes:networking.k8s.io/v1:NetworkPolicies": {"NetworkPolicy of networking.k8s.io/v1"},
	} {
		for _, preview := range []bool{true, false} {
			_, err := f.tryCreate(token, "x", map[string]any{"metadata": map[string]any{"name": "x", "namespace": f.namespace}}, preview)
			mustSay(t, err, says...)
		}
	}
}

func TestAMissingNamespaceIsNamed(t *testing.T) {
	f := newFixture(t, nil)
	for _, preview := range []bool{true, false} {
		_, err := f.tryCreate(configMapToken, "x", configMap("x", "nowhere-at-all", nil), preview)
		mustSay(t, err, `the namespace "nowhere-at-all" does not exist`, "dependsOn")
	}
}

func TestWhatIsForbiddenNamesTheUserAndTheContext(t *testing.T) {
	f := newFixture(t, nil)
	reader := f.asReader("apps", "deployments")
	_, err := reader.tryCreate(deploymentToken, "web", quietDeployment("web", f.namespace, 1), false)
	mustSay(t, err, `User "reader"`, "forbids", `context "test"`, testCluster.kubeconfig)
}

// deadAddress returns an address of this machine at which nobody listens.
func deadAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return "https://" + listener.Addr().String()
}

// unreachable returns a provider whose cluster does not answer.
func unreachable(t *testing.T, settings resource.PropertyMap) (provider *Provider, address string) {
	t.Helper()
	folder := t.TempDir()
	if err := writeCertificates(folder); err != nil {
		t.Fatal(err)
	}
	address = deadAddress(t)
	if err := writeKubeconfig(folder, filepath.Join(folder, "kubeconfig"), address); err != nil {
		t.Fatal(err)
	}
	provider = New(&messages{said: make(chan string, 10)})
	settings["kubeconfig"] = resource.NewStringProperty(filepath.Join(folder, "kubeconfig"))
	if _, err := provider.Configure(t.Context(), plugin.ConfigureRequest{Inputs: settings}); err != nil {
		t.Fatal(err)
	}
	return provider, address
}

func TestAnUnreachableClusterHurtsOnlyWhatNeedsIt(t *testing.T) {
	p, address := unreachable(t, resource.PropertyMap{})
	urn := urnOf(deploymentToken, "web")
	checked, err := p.Check(t.Context(), plugin.CheckRequest{
		URN: urn, Type: urn.Type(), News: resource.NewPropertyMapFromMap(quietDeployment("web", "default", 1)),
	})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := p.Diff(t.Context(), plugin.DiffRequest{
		URN: urn, Type: urn.Type(), ID: "default/web", OldInputs: checked.Properties, OldOutputs: checked.Properties,
		NewInputs: checked.Properties,
	})
	if err != nil || answer.Changes != plugin.DiffNone {
		t.Errorf("what does not change needs the cluster: %+v, %v", answer, err)
	}
	for _, preview := range []bool{true, false} {
		_, err := p.Create(t.Context(), plugin.CreateRequest{URN: urn, Type: urn.Type(), Properties: checked.Properties, Preview: preview})
		mustSay(t, err, "cannot reach the Kubernetes API server at "+address, "connection refused", `context "test"`, "kubeconfig")
	}
	_, err = p.Read(
		t.Context(), plugin.ReadRequest{URN: urn, Type: urn.Type(), ID: "default/web", Inputs: checked.Properties, State: checked.Properties},
	)
	mustSay(t, err, address)
	_, err = p.Delete(
		t.Context(),
		plugin.DeleteRequest{URN: urn, Type: urn.Type(), ID: "default/web", Inputs: checked.Properties, Outputs: checked.Properties},
	)
	mustSay(t, err, address)
}

func TestTheSettingsForUnreachableClustersForgetOrKeepTheState(t *testing.T) {
	urn := urnOf(configMapToken, "app")
	inputs := resource.NewPropertyMapFromMap(
		map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "app"}},
	)
	read := plugin.ReadRequest{URN: urn, Type: urn.Type(), ID: "default/app", Inputs: inputs, State: inputs}

	forgets, _ := unreachable(t, resource.PropertyMap{"deleteUnreachable": resource.NewBoolProperty(true)})
	if answer, err := forgets.Read(t.Context(), read); err != nil || answer.ID != "" {
		t.Errorf("deleteUnreachable reads %+v, %v", answer, err)
	}
	if _, err := forgets.Delete(
		t.Context(), plugin.DeleteRequest{URN: urn, Type: urn.Type(), ID: "default/app", Inputs: inputs, Outputs: inputs},
	); err != nil {
		t.Error(err)
	}
	keeps, _ := unreachable(t, resource.PropertyMap{"skipUpdateUnreachable": resource.NewBoolProperty(true)})
	if answer, err := keeps.Read(t.Context(), read); err != nil || !answer.Inputs.DeepEquals(inputs) {
		t.Errorf("skipUpdateUnreachable reads %+v, %v", answer, err)
	}
}

func TestAKubeconfigOrContextThatIsNotThereIsNamed(t *testing.T) {
	folder := t.TempDir()
	good := filepath.Join(folder, "kubeconfig")
	if err := writeKubeconfig(folder, good, "https://127.0.0.1:1"); err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(folder, "nonsense")
	if err := os.WriteFile(bad, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	urn := urnOf(configMapToken, "app")
	for name, c := range map[string]struct {
		settings map[string]any
		says     []string
	}{
		"missing file":    {map[string]any{"kubeconfig": filepath.Join(folder, "none")}, []string{filepath.Join(folder, "none"), "no such file"}},
		"not a file":      {map[string]any{"kubeconfig": bad}, []string{bad, "not a kubeconfig"}},
		"missing context": {map[string]any{"kubeconfig": good, "context": "prod"}, []string{good, `no context "prod"`, "it has: test"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := New(nil)
			if _, err := p.Configure(t.Context(), plugin.ConfigureRequest{Inputs: resource.NewPropertyMapFromMap(c.settings)}); err != nil {
				t.Fatalf("Configure already fails: %v", err)
			}
			inputs := resource.NewPropertyMapFromMap(configMap("app", "default", nil))
			_, err := p.Create(t.Context(), plugin.CreateRequest{URN: urn, Type: urn.Type(), Properties: inputs, Preview: true})
			mustSay(t, err, c.says...)
		})
	}
}

func TestAnErrorDoesNotRepeatASecret(t *testing.T) {
	f := newFixture(t, nil)
	kind := f.create(definitionToken, "locks", definition("locks", "Lock", "Namespaced"))
	t.Cleanup(func() { _ = f.tryDelete(kind, 0) })
	token := "kubernetes:example.test/v1:Lock"
	checked := f.check(
		token, "l", map[string]any{"metadata": map[string]any{"name": "l", "namespace": f.namespace}, "spec": map[string]any{}}, nil,
	)
	checked["spec"].ObjectValue()["size"] = resource.MakeSecret(resource.NewStringProperty("canary-5f0c2a"))
	urn := urnOf(token, "l")
	_, err := f.Create(t.Context(), plugin.CreateRequest{URN: urn, Type: urn.Type(), Properties: checked})
	mustSay(t, err, "spec.size")
	if strings.Contains(err.Error(), "canary") {
		t.Errorf("the error repeats the secret: %v", err)
	}
}
