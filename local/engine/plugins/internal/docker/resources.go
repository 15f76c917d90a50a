package docker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/client"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
)

// handler does the work of one type of resource. Its inputs are known and judged.
type handler interface {
	// create returns an id also with an error when something was made that has to be cleaned up by a later command.
	create(ctx context.Context, host *host, inputs resource.PropertyMap) (id string, outputs resource.PropertyMap, err error)
	// read returns what is there now; an empty id when it is gone. With empty inputs all that can be told is read, for an import.
	read(ctx context.Context, host *host, id string, inputs resource.PropertyMap) (found string, observed, computed resource.PropertyMap, err error)
	// update changes in place what need not be replaced.
	update(ctx context.Context, host *host, id string, inputs resource.PropertyMap) (computed resource.PropertyMap, err error)
	// remove takes something away; that it is gone already is no error.
	remove(ctx context.Context, host *host, id string, inputs resource.PropertyMap) error
	// named tells whether a missing name is made up.
	named() bool
}

// host is a daemon and the credentials it is given for registries.
type host struct {
	*client.Client
	logins []login
}

var handlers = map[tokens.Type]handler{
	"docker:index/container:Container":     containers{},
	"docker:index/remoteImage:RemoteImage": remoteImages{},
	"docker:index/network:Network":         networks{},
	"docker:index/volume:Volume":           volumes{},
}

// GetSchema returns the part of @pulumi/docker's schema that is served.
func (p *Provider) GetSchema(context.Context, plugin.GetSchemaRequest) (plugin.GetSchemaResponse, error) {
	return plugin.GetSchemaResponse{Schema: schemaText}, nil
}

// Check names every fault of the inputs and gives a resource without a name one of its own.
func (p *Provider) Check(_ context.Context, r plugin.CheckRequest) (plugin.CheckResponse, error) {
	found, err := schemaOf(r.Type)
	if err != nil {
		return plugin.CheckResponse{}, err
	}
	inputs := r.News.Copy()
	if handlers[r.Type].named() && plain(inputs["name"]).IsNull() {
		if before := r.Olds["name"]; before.IsString() && strings.HasPrefix(before.StringValue(), r.URN.Name()+"-") {
			inputs["name"] = before
		} else {
			made, err := resource.NewUniqueName(r.RandomSeed, r.URN.Name()+"-", 7, 0, nil)
			if err != nil {
				return plugin.CheckResponse{}, err
			}
			inputs["name"] = resource.NewStringProperty(made)
		}
	}
	return plugin.CheckResponse{Properties: inputs, Failures: found.judge(inputs)}, nil
}

// Diff compares the inputs. The host has been compared with them by Read.
func (p *Provider) Diff(_ context.Context, r plugin.DiffRequest) (plugin.DiffResponse, error) {
	found, err := schemaOf(r.Type)
	if err != nil {
		return plugin.DiffResponse{}, err
	}
	news := r.NewInputs
	for _, ignored := range r.IgnoreChanges {
		key := resource.PropertyKey(ignored)
		news = with(news, resource.PropertyMap{})
		if old, ok := r.OldInputs[key]; ok {
			news[key] = old
		} else {
			delete(news, key)
		}
	}
	before, after := bare(r.OldInputs), bare(news)
	keys := slices.Collect(maps.Keys(with(before, after)))
	slices.Sort(keys)
	result := plugin.DiffResult{Changes: plugin.DiffNone, DetailedDiff: map[string]plugin.PropertyDiff{}}
	for _, key := range keys {
		old, had := before[key]
		// What is not known yet may be another value: a preview shows what may happen.
		given, has := after[key]
		if resource.IsInternalPropertyKey(key) || (had && has && old.DeepEquals(given)) {
			continue
		}
		kind := plugin.DiffUpdate
		if !had {
			kind = plugin.DiffAdd
		} else if !has {
			kind = plugin.DiffDelete
		}
		if found.InputProperties[string(key)].WillReplaceOnChanges {
			kind = kind.AsReplace()
			result.ReplaceKeys = append(result.ReplaceKeys, key)
		}
		result.Changes = plugin.DiffSome
		result.ChangedKeys = append(result.ChangedKeys, key)
		result.DetailedDiff[string(key)] = plugin.PropertyDiff{Kind: kind, InputDiff: true}
	}
	return result, nil
}

// Create makes the resource; a preview contacts nothing.
func (p *Provider) Create(ctx context.Context, r plugin.CreateRequest) (plugin.CreateResponse, error) {
	if r.Preview {
		return plugin.CreateResponse{Properties: r.Properties}, nil
	}
	ctx, host, stop, err := p.begin(ctx, r.Type)
	if err != nil {
		return plugin.CreateResponse{}, err
	}
	defer stop()
	id, computed, err := handlers[r.Type].create(ctx, host, r.Properties)
	outputs := with(r.Properties, computed)
	if err != nil && id == "" {
		return plugin.CreateResponse{}, err
	}
	if err != nil {
		return plugin.CreateResponse{Status: resource.StatusPartialFailure}, unwell(id, outputs, r.Properties, err)
	}
	return plugin.CreateResponse{ID: resource.ID(id), Properties: outputs}, nil
}

// Read tells what is there now; a resource that is gone has no id.
func (p *Provider) Read(ctx context.Context, r plugin.ReadRequest) (plugin.ReadResponse, error) {
	if _, err := schemaOf(r.Type); err != nil {
		return plugin.ReadResponse{}, err
	}
	ctx, host, stop, err := p.begin(ctx, r.Type)
	if err != nil {
		return plugin.ReadResponse{}, err
	}
	defer stop()
	id, observed, computed, err := handlers[r.Type].read(ctx, host, string(r.ID), r.Inputs)
	if err != nil || id == "" {
		return plugin.ReadResponse{}, err
	}
	inputs := drifted(r.Inputs, observed)
	result := plugin.ReadResult{ID: resource.ID(id), Inputs: inputs, Outputs: with(inputs, computed)}
	return plugin.ReadResponse{ReadResult: result}, nil
}

// Update changes in place what Diff did not want replaced.
func (p *Provider) Update(ctx context.Context, r plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	if r.Preview {
		return plugin.UpdateResponse{Properties: with(r.OldOutputs, r.NewInputs)}, nil
	}
	ctx, host, stop, err := p.begin(ctx, r.Type)
	if err != nil {
		return plugin.UpdateResponse{}, err
	}
	defer stop()
	computed, err := handlers[r.Type].update(ctx, host, string(r.ID), r.NewInputs)
	outputs := with(r.NewInputs, computed)
	if err != nil {
		return plugin.UpdateResponse{Properties: outputs, Status: resource.StatusPartialFailure},
			unwell(string(r.ID), outputs, r.NewInputs, err)
	}
	return plugin.UpdateResponse{Properties: outputs}, nil
}

// Delete takes the resource away.
func (p *Provider) Delete(ctx context.Context, r plugin.DeleteRequest) (plugin.DeleteResponse, error) {
	if _, err := schemaOf(r.Type); err != nil {
		return plugin.DeleteResponse{}, err
	}
	ctx, host, stop, err := p.begin(ctx, r.Type)
	if err != nil {
		return plugin.DeleteResponse{}, err
	}
	defer stop()
	inputs := r.Inputs
	if len(inputs) == 0 {
		inputs = r.Outputs
	}
	if err := handlers[r.Type].remove(ctx, host, string(r.ID), inputs); err != nil && !errdefs.IsNotFound(err) {
		return plugin.DeleteResponse{}, err
	}
	return plugin.DeleteResponse{}, nil
}

// begin connects to the daemon for one request, which a cancellation of the provider ends.
func (p *Provider) begin(ctx context.Context, token tokens.Type) (context.Context, *host, func(), error) {
	if _, err := schemaOf(token); err != nil {
		return ctx, nil, nil, err
	}
	p.mutex.Lock()
	daemon, logins := p.daemon, p.logins
	p.mutex.Unlock()
	if daemon == nil {
		return ctx, nil, nil, errors.New("the Docker provider is not configured yet")
	}
	ctx, cancel := context.WithCancel(ctx)
	release := context.AfterFunc(p.ctx, cancel)
	api, err := daemon.api(ctx)
	if err != nil {
		release()
		cancel()
		return ctx, nil, nil, err
	}
	return ctx, &host{api, logins}, func() { release(); cancel() }, nil
}

// unwell reports something that was made but is not as it should be. It stays in the state, and the next update looks at it again.
func unwell(id string, outputs, inputs resource.PropertyMap, err error) error {
	options := plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, KeepResources: true}
	state, failed := plugin.MarshalProperties(outputs, options)
	if failed != nil {
		return failed
	}
	given, failed := plugin.MarshalProperties(inputs, options)
	if failed != nil {
		return failed
	}
	return rpcerror.WithDetails(rpcerror.New(codes.Unknown, err.Error()), &pulumirpc.ErrorResourceInitFailed{
		Id: id, Properties: state, Inputs: given, Reasons: []string{err.Error()},
	})
}

// taken explains that something of that name is there, which Docker reports as a conflict.
func taken(what, name string, err error) error {
	return fmt.Errorf("there is a %s named %q on the Docker host already, which this stack did not make: %w. "+
		"Remove it, or take it over with `pulumi import`", what, name, err)
}
