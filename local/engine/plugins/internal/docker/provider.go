// Package docker serves the one function of @pulumi/docker that Gatehouse calls, getRegistryImage, without a Docker daemon.
// Containers, images and networks need the published plugin; asking this one for them is an error that says so.
package docker

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// Version is the version of @pulumi/docker whose types this plugin serves.
const Version = "5.2.0"

const registryImageToken = "docker:index/getRegistryImage:getRegistryImage"

// Provider answers the engine. It keeps the credentials of Configure and nothing else.
type Provider struct {
	plugin.UnimplementedProvider

	mutex  sync.Mutex
	logins []login
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

// CheckConfig names every fault of registryAuth at once.
func (p *Provider) CheckConfig(_ context.Context, r plugin.CheckConfigRequest) (plugin.CheckConfigResponse, error) {
	_, failures := loginsOf(r.News)
	return plugin.CheckConfigResponse{Properties: r.News, Failures: failures}, nil
}

// DiffConfig updates a changed provider in place: a registry's credentials replace no resource.
func (p *Provider) DiffConfig(_ context.Context, r plugin.DiffConfigRequest) (plugin.DiffConfigResponse, error) {
	diff := r.OldInputs.Diff(r.NewInputs)
	if diff == nil {
		return plugin.DiffResult{Changes: plugin.DiffNone}, nil
	}
	return plugin.DiffResult{Changes: plugin.DiffSome, ChangedKeys: diff.ChangedKeys()}, nil
}

// Configure keeps the credentials by registry. No registry is contacted.
func (p *Provider) Configure(_ context.Context, r plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	logins, failures := loginsOf(r.Inputs)
	if len(failures) > 0 {
		reasons := make([]string, len(failures))
		for i, failure := range failures {
			reasons[i] = string(failure.Property) + ": " + failure.Reason
		}
		return plugin.ConfigureResponse{}, fmt.Errorf("the configuration of the Docker provider is not valid:\n%s", strings.Join(reasons, "\n"))
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.logins = logins
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

// Check refuses every resource, so that a preview already says what is missing.
func (p *Provider) Check(_ context.Context, r plugin.CheckRequest) (plugin.CheckResponse, error) {
	return plugin.CheckResponse{}, notImplemented("resource", string(r.Type))
}

// Read refuses every resource: there is none to import.
func (p *Provider) Read(_ context.Context, r plugin.ReadRequest) (plugin.ReadResponse, error) {
	return plugin.ReadResponse{}, notImplemented("resource", string(r.Type))
}

// Diff refuses every resource that a state made by the published plugin may hold.
func (p *Provider) Diff(_ context.Context, r plugin.DiffRequest) (plugin.DiffResponse, error) {
	return plugin.DiffResponse{}, notImplemented("resource", string(r.Type))
}

// Delete refuses rather than forgets a resource that a state made by the published plugin may hold.
func (p *Provider) Delete(_ context.Context, r plugin.DeleteRequest) (plugin.DeleteResponse, error) {
	return plugin.DeleteResponse{}, notImplemented("resource", string(r.Type))
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
	return fmt.Errorf("%s %s is not implemented by this plugin: it serves %s only. "+
		"Use the published plugin: pulumi plugin install resource docker %s", what, token, registryImageToken, Version)
}
