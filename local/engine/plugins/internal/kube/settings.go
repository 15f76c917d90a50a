package kube

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// settings is the provider's configuration, read but not yet used: no file is opened and no cluster contacted before a resource needs it.
type settings struct {
	// kubeconfig is a path or the contents of a kubeconfig; empty means where kubectl looks.
	kubeconfig string
	context    string
	clusterRef string
	namespace  string
	// unknown says that the cluster itself is not known yet, as when the same update makes it.
	unknown               bool
	patchForce            bool
	configMapMutable      bool
	secretMutable         bool
	upsert                bool
	deleteUnreachable     bool
	skipUpdateUnreachable bool
	qps                   float64
	burst                 int
	timeoutSeconds        int
}

// settingsOf reads a provider's inputs. Environment variables stand in for what is not set, as in @pulumi/kubernetes.
func settingsOf(inputs resource.PropertyMap) (settings, []plugin.CheckFailure) {
	var failures []plugin.CheckFailure
	fail := func(key resource.PropertyKey, reason string) {
		failures = append(failures, plugin.CheckFailure{Property: key, Reason: reason})
	}
	read := func(key resource.PropertyKey) string {
		switch v := bare(inputs[key]); {
		case v.IsString():
			return v.StringValue()
		case v.IsNull(), v.IsComputed():
		default:
			fail(key, fmt.Sprintf("must be a string, not %s", v.TypeString()))
		}
		return ""
	}
	flag := func(key resource.PropertyKey, variable string, otherwise bool) bool {
		v := bare(inputs[key])
		switch {
		case v.IsBool():
			return v.BoolValue()
		case v.IsString() && (v.StringValue() == "true" || v.StringValue() == "false"):
			return v.StringValue() == "true"
		case v.IsNull(), v.IsComputed(), v.IsString() && v.StringValue() == "":
		default:
			fail(key, "must be true or false")
		}
		if value := os.Getenv(variable); variable != "" && value != "" {
			return value == "true"
		}
		return otherwise
	}
	s := settings{
		context:               read("context"),
		clusterRef:            read("cluster"),
		namespace:             read("namespace"),
		patchForce:            flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE", false),
		configMapMutable:      flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE", false),
		secretMutable:         flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE", false),
		upsert:                flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS", false),
		deleteUnreachable:     flag("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE", false),
		skipUpdateUnreachable: flag("skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE", false),
	}
	if !flag("enableServerSideApply", "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", true) {
		fail("enableServerSideApply", "is false, but this plugin applies on the server only. Leave it out, or use the published plugin")
	}
	if bare(inputs["renderYamlToDirectory"]).IsString() && read("renderYamlToDirectory") != "" {
		fail("renderYamlToDirectory", "is not implemented by this plugin. Leave it out, or use the published plugin")
	}
	s.readKubeconfig(inputs, fail)
	s.readClient(inputs, fail)
	for _, key := range []resource.PropertyKey{"kubeconfig", "context", "cluster"} {
		s.unknown = s.unknown || bare(inputs[key]).IsComputed()
	}
	return s, failures
}

func (s *settings) readKubeconfig(inputs resource.PropertyMap, fail func(resource.PropertyKey, string)) {
	switch v := bare(inputs["kubeconfig"]); {
	case v.IsString():
		s.kubeconfig = v.StringValue()
	case v.IsObject():
		fields, unknown := mapOf(v.ObjectValue())
		if unknown {
			s.unknown = true
			return
		}
		contents, err := json.Marshal(fields)
		if err != nil {
			fail("kubeconfig", err.Error())
		}
		s.kubeconfig = string(contents)
	case v.IsNull(), v.IsComputed():
	default:
		fail("kubeconfig", "must be the path or the contents of a kubeconfig")
	}
}

func (s *settings) readClient(inputs resource.PropertyMap, fail func(resource.PropertyKey, string)) {
	v := bareDeep(inputs["kubeClientSettings"])
	if v.IsString() && v.StringValue() != "" {
		var decoded any
		if err := json.Unmarshal([]byte(v.StringValue()), &decoded); err != nil {
			fail("kubeClientSettings", "must be an object with burst, qps and timeout")
			return
		}
		v = resource.NewPropertyValue(decoded)
	}
	if !v.IsObject() {
		return
	}
	number := func(key resource.PropertyKey) float64 {
		if n := v.ObjectValue()[key]; n.IsNumber() {
			return n.NumberValue()
		}
		return 0
	}
	s.qps, s.burst, s.timeoutSeconds = number("qps"), int(number("burst")), int(number("timeout"))
}

// loader returns the kubeconfig with the chosen context, and where it comes from for errors.
func (s *settings) loader() (loader clientcmd.ClientConfig, source string, err error) {
	overrides := &clientcmd.ConfigOverrides{CurrentContext: s.context}
	if s.clusterRef != "" {
		overrides.Context.Cluster = s.clusterRef
	}
	if s.kubeconfig == "" {
		rules := clientcmd.NewDefaultClientConfigLoadingRules()
		source = "kubeconfig " + strings.Join(rules.GetLoadingPrecedence(), ", ")
		return clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides), source, nil
	}
	contents, source, err := readKubeconfig(s.kubeconfig)
	if err != nil {
		return nil, "", err
	}
	config, err := clientcmd.Load(contents)
	if err != nil {
		return nil, "", fmt.Errorf("%s is not a kubeconfig: %w", source, err)
	}
	if path := pathOf(s.kubeconfig); !isContents(s.kubeconfig) {
		// Certificates may be named relative to the file.
		for _, user := range config.AuthInfos {
			user.LocationOfOrigin = path
		}
		for _, cluster := range config.Clusters {
			cluster.LocationOfOrigin = path
		}
		if err := clientcmd.ResolveLocalPaths(config); err != nil {
			return nil, "", fmt.Errorf("%s: %w", source, err)
		}
	}
	wanted := s.context
	if wanted == "" {
		wanted = config.CurrentContext
	}
	if _, has := config.Contexts[wanted]; wanted != "" && !has {
		known := make([]string, 0, len(config.Contexts))
		for name := range config.Contexts {
			known = append(known, name)
		}
		slices.Sort(known)
		return nil, "", fmt.Errorf("%s has no context %q; it has: %s. Set the provider's context to one of these",
			source, wanted, strings.Join(known, ", "))
	}
	return clientcmd.NewDefaultClientConfig(*config, overrides), source, nil
}

// isContents tells the text of a kubeconfig from a path to one.
func isContents(kubeconfig string) bool {
	trimmed := strings.TrimSpace(kubeconfig)
	return strings.ContainsAny(trimmed, "\n{") || strings.HasPrefix(trimmed, "apiVersion:")
}

func pathOf(kubeconfig string) string {
	if home, err := os.UserHomeDir(); err == nil && (kubeconfig == "~" || strings.HasPrefix(kubeconfig, "~/")) {
		return filepath.Join(home, kubeconfig[1:])
	}
	return kubeconfig
}

func readKubeconfig(kubeconfig string) (contents []byte, source string, err error) {
	if isContents(kubeconfig) {
		return []byte(kubeconfig), "the kubeconfig given by value", nil
	}
	path := pathOf(kubeconfig)
	contents, err = os.ReadFile(path)
	if err != nil {
		return nil, "", fmt.Errorf("the provider's kubeconfig %s cannot be read: %w. Create the cluster first, or correct the path", path, err)
	}
	return contents, "kubeconfig " + path, nil
}

// activeCluster returns the cluster that these settings lead to, if that can be told without contacting it.
func (s *settings) activeCluster() (*clientcmdapi.Cluster, bool) {
	loader, _, err := s.loader()
	if err != nil {
		return nil, false
	}
	raw, err := loader.RawConfig()
	if err != nil {
		return nil, false
	}
	name := s.context
	if name == "" {
		name = raw.CurrentContext
	}
	context, found := raw.Contexts[name]
	if !found {
		return nil, false
	}
	clusterName := context.Cluster
	if s.clusterRef != "" {
		clusterName = s.clusterRef
	}
	cluster, found := raw.Clusters[clusterName]
	if !found {
		return nil, false
	}
	active := cluster.DeepCopy()
	active.LocationOfOrigin = ""
	return active, true
}
