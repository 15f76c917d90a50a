// Package kube is a Pulumi provider for Kubernetes that runs programs written for @pulumi/kubernetes: server-side apply with strict
// field validation, previews by dry run, drift by dry run, and waits that watch. It knows no kind's schema; the API server does.
// What it leaves out (Helm releases, client-side apply, rendering to files) it refuses by name.
package kube

import (
	"context"
	"sync"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// Version is the version of @pulumi/kubernetes whose types this plugin serves.
const Version = "4.34.2"

// Host is where messages for the user go; the engine shows them beside the resource.
type Host interface {
	Log(ctx context.Context, severity diag.Severity, urn resource.URN, message string) error
	LogStatus(ctx context.Context, severity diag.Severity, urn resource.URN, message string) error
}

// Provider answers the engine for one configured cluster.
type Provider struct {
	plugin.UnimplementedProvider

	host   Host
	ctx    context.Context
	cancel context.CancelFunc

	mutex    sync.Mutex
	settings settings
	cluster  *cluster
	// defined holds the scope of kinds whose CustomResourceDefinition this run declares, by group and kind.
	defined map[schema.GroupKind]bool
	// namespaces holds the namespaces that this run declares.
	namespaces map[string]bool
	// bound holds the namespaces in which this run has made a RoleBinding: rights in them take a moment until the API server grants them.
	bound map[string]bool
	// holders says which resource of this run holds the object of a UID, so that a resource renamed without an alias is not
	// created under its new name and then deleted under its old one.
	holders map[types.UID]resource.URN
}

// New returns a provider that is not configured yet.
func New(host Host) *Provider {
	ctx, cancel := context.WithCancel(context.Background())
	return &Provider{
		host: host, ctx: ctx, cancel: cancel,
		defined: map[schema.GroupKind]bool{}, namespaces: map[string]bool{}, bound: map[string]bool{},
		holders: map[types.UID]resource.URN{},
	}
}

// Handshake tells the engine that secrets may be passed as such and that its names for unnamed resources are used.
func (p *Provider) Handshake(context.Context, plugin.ProviderHandshakeRequest) (*plugin.ProviderHandshakeResponse, error) {
	return &plugin.ProviderHandshakeResponse{
		AcceptSecrets: true, AcceptResources: true, AcceptOutputs: true, SupportsAutonamingConfiguration: true,
	}, nil
}

// GetPluginInfo reports the version of the types that are served.
func (p *Provider) GetPluginInfo(context.Context) (plugin.PluginInfo, error) {
	v := semver.MustParse(Version)
	return plugin.PluginInfo{Version: &v}, nil
}

// SignalCancellation ends every request and wait in flight; what was created stays in the state as not ready.
func (p *Provider) SignalCancellation(context.Context) error {
	p.cancel()
	return nil
}

// Close ends every request and wait in flight.
func (p *Provider) Close() error {
	p.cancel()
	return nil
}

// Invoke refuses: the functions of @pulumi/kubernetes render Helm charts and YAML, which this plugin does not.
func (p *Provider) Invoke(_ context.Context, r plugin.InvokeRequest) (plugin.InvokeResponse, error) {
	return plugin.InvokeResponse{}, notImplemented("function", string(r.Tok))
}

// Construct refuses: the components of @pulumi/kubernetes (Helm charts, Kustomize, YAML) are not served.
func (p *Provider) Construct(_ context.Context, r plugin.ConstructRequest) (plugin.ConstructResponse, error) {
	return plugin.ConstructResponse{}, notImplemented("component", string(r.Type))
}

// request returns a context that ends with the engine's call or with the engine's wish to cancel, whichever is first.
func (p *Provider) request(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(ctx)
	unhook := context.AfterFunc(p.ctx, stop)
	return ctx, func() {
		unhook()
		stop()
	}
}

func (p *Provider) warn(ctx context.Context, urn resource.URN, message string) {
	if p.host != nil {
		_ = p.host.Log(ctx, diag.Warning, urn, message)
	}
}

func (p *Provider) status(ctx context.Context, urn resource.URN, message string) {
	if p.host != nil {
		_ = p.host.LogStatus(ctx, diag.Info, urn, message)
	}
}

// hold records that a resource of this run holds an object.
func (p *Provider) hold(uid types.UID, urn resource.URN) {
	if uid == "" {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.holders[uid] = urn
}

func (p *Provider) holder(uid types.UID) resource.URN {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.holders[uid]
}
