// Package docker serves the part of @pulumi/docker that Gatehouse uses: the function getRegistryImage, which needs no Docker daemon, and
// containers, images, networks and volumes of a host. Everything else is an error that says so.
package docker

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// Version is the version of @pulumi/docker whose types this plugin serves.
const Version = "5.2.0"

const registryImageToken = "docker:index/getRegistryImage:getRegistryImage"

// Provider answers the engine. It keeps what Configure said: the daemon's address and the registries' credentials.
type Provider struct {
	plugin.UnimplementedProvider

	mutex  sync.Mutex
	logins []login
	daemon *daemon
	ctx    context.Context
	cancel context.CancelFunc
}

// New returns a provider that is not configured yet: it looks images up without credentials.
func New() *Provider {
	ctx, cancel := context.WithCancel(context.Background())
	return &Provider{ctx: ctx, cancel: cancel}
}

// Handshake tells the engine that secrets may be passed as such.
func (p *Provider) Handshake(context.Context, plugin.ProviderHandshakeRequest) (*plugin.ProviderHandshakeResponse, error) {
	return &plugin.ProviderHandshakeResponse{AcceptSecrets: true, AcceptResources: true, AcceptOutputs: true}, nil
}

// GetPluginInfo reports the version of the types that are served.
func (p *Provider) GetPluginInfo(context.Context) (plugin.PluginInfo, error) {
	v := semver.MustParse(Version)
	return plugin.PluginInfo{Version: &v}, nil
}

// CheckConfig names every fault of the configuration at once.
func (p *Provider) CheckConfig(_ context.Context, r plugin.CheckConfigRequest) (plugin.CheckConfigResponse, error) {
	_, failures := loginsOf(r.News)
	failures = append(failures, unservedSettings(r.News)...)
	if _, err := settingsOf(r.News); err != nil {
		failures = append(failures, fault("host", err.Error()))
	}
	return plugin.CheckConfigResponse{Properties: r.News, Failures: failures}, nil
}

// DiffConfig updates a changed provider in place: credentials and another way to the same host replace no resource.
func (p *Provider) DiffConfig(_ context.Context, r plugin.DiffConfigRequest) (plugin.DiffConfigResponse, error) {
	diff := r.OldInputs.Diff(r.NewInputs)
	if diff == nil {
		return plugin.DiffResult{Changes: plugin.DiffNone}, nil
	}
	return plugin.DiffResult{Changes: plugin.DiffSome, ChangedKeys: diff.ChangedKeys()}, nil
}

// Configure keeps addresses and credentials. Nothing is contacted.
func (p *Provider) Configure(_ context.Context, r plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	logins, failures := loginsOf(r.Inputs)
	if len(failures) > 0 {
		reasons := make([]string, len(failures))
		for i, failure := range failures {
			reasons[i] = string(failure.Property) + ": " + failure.Reason
		}
		return plugin.ConfigureResponse{}, fmt.Errorf("the configuration of the Docker provider is not valid:\n%s", strings.Join(reasons, "\n"))
	}
	found, err := settingsOf(r.Inputs)
	if err != nil {
		return plugin.ConfigureResponse{}, err
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.logins = logins
	p.daemon = &daemon{settings: found}
	return plugin.ConfigureResponse{}, nil
}

// Invoke looks an image up in its registry.
func (p *Provider) Invoke(ctx context.Context, r plugin.InvokeRequest) (plugin.InvokeResponse, error) {
	if string(r.Tok) != registryImageToken {
		return plugin.InvokeResponse{}, notImplemented("function", string(r.Tok))
	}
	args, failures := registryImageArgs(r.Args)
	if len(failures) > 0 {
		return plugin.InvokeResponse{Failures: failures}, nil
	}
	p.mutex.Lock()
	logins := p.logins
	p.mutex.Unlock()

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(p.ctx, stop)()
	digest, err := lookUp(ctx, args, logins)
	if err != nil {
		return plugin.InvokeResponse{}, err
	}
	out := resource.PropertyMap{
		"id":           resource.NewStringProperty(digest),
		"name":         resource.NewStringProperty(args.name),
		"sha256Digest": resource.NewStringProperty(digest),
	}
	if args.insecureSkipVerify {
		out["insecureSkipVerify"] = resource.NewBoolProperty(true)
	}
	return plugin.InvokeResponse{Properties: out}, nil
}

// SignalCancellation ends look-ups in flight.
func (p *Provider) SignalCancellation(context.Context) error {
	p.cancel()
	return nil
}

// Close ends look-ups in flight.
func (p *Provider) Close() error {
	p.cancel()
	return nil
}

func notImplemented(what, token string) error {
	served := append(slices.Sorted(maps.Keys(schema.Resources)), registryImageToken)
	return fmt.Errorf("%s %s is not implemented by this plugin: it serves %s. "+
		"Use the published plugin: pulumi plugin install resource docker %s", what, token, strings.Join(served, ", "), Version)
}
