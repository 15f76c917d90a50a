package kube

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// errUnknownCluster says that the cluster is only made in the update that is previewed.
var errUnknownCluster = errors.New("the cluster is not known yet: its kubeconfig is made in the same update")

// cluster is one API server with what was learned of it. Discovery asks for one group and version at a time, when a kind of it is first
// needed: a whole discovery costs a request per group.
type cluster struct {
	config *rest.Config
	client dynamic.Interface
	// namespace is where objects go that name none.
	namespace string
	// source and context say where the configuration came from, for errors.
	source, context string

	discovery *discovery.DiscoveryClient
	mutex     sync.Mutex
	served    map[schema.GroupVersion]map[string]servedKind
}

// servedKind is how a kind is reached: the name of its resource in paths, and whether its objects live in namespaces.
type servedKind struct {
	resource   string
	namespaced bool
}

// connect returns the configured cluster. It reads the kubeconfig but sends nothing.
func (p *Provider) connect() (*cluster, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.cluster != nil {
		return p.cluster, nil
	}
	if p.settings.unknown {
		return nil, errUnknownCluster
	}
	loader, source, err := p.settings.loader()
	if err != nil {
		return nil, err
	}
	config, err := loader.ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("%s (context %q) does not lead to a cluster: %w. Set the provider's kubeconfig and context",
			source, p.settings.context, err)
	}
	config.UserAgent = "pulumi-resource-kubernetes/" + Version
	config.QPS, config.Burst = 50, 100
	if p.settings.qps > 0 {
		config.QPS = float32(p.settings.qps)
	}
	if p.settings.burst > 0 {
		config.Burst = p.settings.burst
	}
	if p.settings.timeoutSeconds > 0 {
		config.Timeout = time.Duration(p.settings.timeoutSeconds) * time.Second
	}
	// Warnings of the API server would go to stderr once a request; the errors that matter are returned.
	config.WarningHandler = rest.NoWarnings{}
	made := &cluster{config: config, source: source, context: p.settings.context, served: map[schema.GroupVersion]map[string]servedKind{}}
	if made.client, err = dynamic.NewForConfig(config); err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	if made.discovery, err = discovery.NewDiscoveryClientForConfig(config); err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	if raw, err := loader.RawConfig(); err == nil && made.context == "" {
		made.context = raw.CurrentContext
	}
	made.namespace = p.settings.namespace
	if made.namespace == "" {
		if namespace, _, err := loader.Namespace(); err == nil {
			made.namespace = namespace
		}
	}
	p.cluster = made
	return made, nil
}

// kind returns how a kind is reached. A kind that is not served is a *meta.NoKindMatchError, asked anew each time, since another
// resource of the same update may define it.
func (c *cluster) kind(ctx context.Context, gvk schema.GroupVersionKind) (servedKind, error) {
	c.mutex.Lock()
	found, known := c.served[gvk.GroupVersion()][gvk.Kind]
	c.mutex.Unlock()
	if known {
		return found, nil
	}
	if err := ctx.Err(); err != nil {
		return servedKind{}, err
	}
	list, err := c.discovery.ServerResourcesForGroupVersion(gvk.GroupVersion().String())
	if err != nil && !isNotFound(err) {
		return servedKind{}, c.explain(err)
	}
	kinds := map[string]servedKind{}
	if list != nil {
		for _, r := range list.APIResources {
			if !isSubresource(r.Name) {
				kinds[r.Kind] = servedKind{resource: r.Name, namespaced: r.Namespaced}
			}
		}
	}
	c.mutex.Lock()
	c.served[gvk.GroupVersion()] = kinds
	c.mutex.Unlock()
	if found, known = kinds[gvk.Kind]; known {
		return found, nil
	}
	return servedKind{}, &meta.NoKindMatchError{GroupKind: gvk.GroupKind(), SearchedVersions: []string{gvk.Version}}
}

// awaitServed waits until discovery names a newly established kind. The API server rebuilds discovery a moment after it has set the
// condition Established, and offers no watch of it.
func (c *cluster) awaitServed(ctx context.Context, definition *unstructured.Unstructured, timeout time.Duration) error {
	group, _, _ := unstructured.NestedString(definition.Object, "spec", "group")
	kind, _, _ := unstructured.NestedString(definition.Object, "spec", "names", "kind")
	version := ""
	versions, _, _ := unstructured.NestedSlice(definition.Object, "spec", "versions")
	for _, item := range versions {
		if fields, ok := item.(map[string]any); ok && fields["served"] == true {
			version, _ = fields["name"].(string)
		}
	}
	if version == "" {
		return nil
	}
	ctx, stop := context.WithTimeout(ctx, timeout)
	defer stop()
	for {
		_, err := c.kind(ctx, schema.GroupVersionKind{Group: group, Version: version, Kind: kind})
		if !isNoMatch(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf(
				"%s is established, but the API server does not serve %s of %s/%s after %s", nameOf(definition), kind, group, version, timeout,
			)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// resource returns where an object's requests go. An object of a namespaced kind that names no namespace gets the default one.
func (c *cluster) resource(ctx context.Context, u *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	gvk := u.GroupVersionKind()
	found, err := c.kind(ctx, gvk)
	if err != nil {
		return nil, err
	}
	at := c.client.Resource(gvk.GroupVersion().WithResource(found.resource))
	if !found.namespaced {
		u.SetNamespace("")
		return at, nil
	}
	if u.GetNamespace() == "" {
		u.SetNamespace(c.namespace)
	}
	return at.Namespace(u.GetNamespace()), nil
}

func isSubresource(name string) bool {
	for _, r := range name {
		if r == '/' {
			return true
		}
	}
	return false
}
