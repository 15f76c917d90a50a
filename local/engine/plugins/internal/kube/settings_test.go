package kube

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

func kubeconfigText(address string) string {
	config := clientcmdapi.NewConfig()
	config.Clusters["c"] = &clientcmdapi.Cluster{Server: address}
	config.Clusters["d"] = &clientcmdapi.Cluster{Server: "https://127.0.0.1:2"}
	config.Contexts["c"] = &clientcmdapi.Context{Cluster: "c", Namespace: "of-context"}
	config.Contexts["d"] = &clientcmdapi.Context{Cluster: "d"}
	config.Contexts["same"] = &clientcmdapi.Context{Cluster: "c", Namespace: "another"}
	config.CurrentContext = "c"
	text, err := clientcmd.Write(*config)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func configured(t *testing.T, settings map[string]any) *Provider {
	t.Helper()
	p := New(nil)
	if _, err := p.Configure(t.Context(), plugin.ConfigureRequest{Inputs: resource.NewPropertyMapFromMap(settings)}); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheKubeconfigMayBeAPathOrItsContents(t *testing.T) {
	text := kubeconfigText("https://127.0.0.1:1")
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	object := map[string]any{
		"apiVersion": "v1", "kind": "Config", "current-context": "x",
		"clusters": []any{map[string]any{"name": "x", "cluster": map[string]any{"server": "https://127.0.0.1:1"}}},
		"contexts": []any{map[string]any{"name": "x", "context": map[string]any{"cluster": "x", "user": ""}}},
	}
	for name, value := range map[string]any{"path": path, "contents": text, "object": object} {
		c, err := configured(t, map[string]any{"kubeconfig": value}).connect()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.config.Host != "https://127.0.0.1:1" {
			t.Errorf("%s leads to %s", name, c.config.Host)
		}
	}
}

func TestTheNamespaceIsTheProvidersElseTheContexts(t *testing.T) {
	text := kubeconfigText("https://127.0.0.1:1")
	for want, settings := range map[string]map[string]any{
		"given":      {"kubeconfig": text, "namespace": "given"},
		"of-context": {"kubeconfig": text},
		"another":    {"kubeconfig": text, "context": "same"},
		"default":    {"kubeconfig": text, "context": "d"},
	} {
		c, err := configured(t, settings).connect()
		if err != nil {
			t.Fatal(err)
		}
		if c.namespace != want {
			t.Errorf("the namespace is %q, not %q", c.namespace, want)
		}
	}
}

func TestAProviderIsReplacedOnlyByAnotherCluster(t *testing.T) {
	text, moved := kubeconfigText("https://127.0.0.1:1"), kubeconfigText("https://127.0.0.1:9")
	unknown := resource.MakeComputed(resource.NewStringProperty(""))
	base := map[string]any{"kubeconfig": text}
	for name, c := range map[string]struct {
		olds, news map[string]any
		unknown    bool
		replaces   []resource.PropertyKey
	}{
		"equal":                 {base, base, false, nil},
		"another namespace":     {base, map[string]any{"kubeconfig": text, "namespace": "x"}, false, nil},
		"another context, same": {base, map[string]any{"kubeconfig": text, "context": "same"}, false, nil},
		"another cluster":       {base, map[string]any{"kubeconfig": text, "context": "d"}, false, []resource.PropertyKey{"context"}},
		"another address":       {base, map[string]any{"kubeconfig": moved}, false, []resource.PropertyKey{"kubeconfig"}},
		"unknown kubeconfig":    {base, base, true, []resource.PropertyKey{"kubeconfig"}},
		"identifier kept": {
			map[string]any{"kubeconfig": text, "clusterIdentifier": "a"}, map[string]any{"kubeconfig": moved, "clusterIdentifier": "a"}, false,
			nil,
		},
		"identifier changed": {
			map[string]any{"kubeconfig": text, "clusterIdentifier": "a"}, map[string]any{"kubeconfig": text, "clusterIdentifier": "b"}, false,
			[]resource.PropertyKey{"clusterIdentifier"},
		},
		"old kubeconfig has gone":     {map[string]any{"kubeconfig": "/nowhere/kubeconfig"}, base, false, nil},
		"identifier added, same host": {base, map[string]any{"kubeconfig": text, "clusterIdentifier": "a"}, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			request := plugin.DiffConfigRequest{OldInputs: resource.NewPropertyMapFromMap(c.olds), NewInputs: resource.NewPropertyMapFromMap(c.news)}
			if c.unknown {
				request.NewInputs["kubeconfig"] = unknown
			}
			answer, err := New(nil).DiffConfig(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(answer.ReplaceKeys, c.replaces) {
				t.Errorf("it is replaced by %v", answer.ReplaceKeys)
			}
		})
	}
}

func TestSettingsThatAreWrongOrNotServedAreNamed(t *testing.T) {
	answer, err := New(nil).CheckConfig(t.Context(), plugin.CheckConfigRequest{News: resource.NewPropertyMapFromMap(map[string]any{
		"enableServerSideApply": "false", "renderYamlToDirectory": "out", "enablePatchForce": "perhaps", "namespace": 3,
	})})
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, f := range answer.Failures {
		keys = append(keys, string(f.Property))
	}
	slices.Sort(keys)
	if want := []string{"enablePatchForce", "enableServerSideApply", "namespace", "renderYamlToDirectory"}; !slices.Equal(keys, want) {
		t.Errorf("the failures are for %v", keys)
	}
}

func TestAClusterThatIsOnlyMadeInTheSameUpdateCanBePreviewed(t *testing.T) {
	p := New(nil)
	unknown := resource.MakeComputed(resource.NewStringProperty(""))
	if _, err := p.Configure(t.Context(), plugin.ConfigureRequest{Inputs: resource.PropertyMap{"kubeconfig": unknown}}); err != nil {
		t.Fatal(err)
	}
	urn := urnOf(configMapToken, "app")
	inputs := resource.NewPropertyMapFromMap(configMap("app", "default", nil))
	answer, err := p.Create(t.Context(), plugin.CreateRequest{URN: urn, Type: urn.Type(), Properties: inputs, Preview: true})
	if err != nil || !answer.Properties.DeepEquals(inputs) {
		t.Errorf("%v, %v", answer.Properties, err)
	}
	_, err = p.Create(t.Context(), plugin.CreateRequest{URN: urn, Type: urn.Type(), Properties: inputs})
	mustSay(t, err, "not known yet")
}
