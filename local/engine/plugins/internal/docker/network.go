package docker

import (
	"context"
	"fmt"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/network"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// networks are replaced by any change: Docker changes none in place.
type networks struct{}

type networkInputs struct {
	Name       string            `json:"name"`
	Driver     string            `json:"driver"`
	Internal   bool              `json:"internal"`
	Attachable bool              `json:"attachable"`
	Options    map[string]string `json:"options"`
	Labels     []pair            `json:"labels"`
}

func (networks) named() bool { return true }

func (networks) create(ctx context.Context, host *host, properties resource.PropertyMap) (string, resource.PropertyMap, error) {
	var inputs networkInputs
	if err := decode(properties, &inputs); err != nil {
		return "", nil, err
	}
	// Docker lets several networks have one name, unlike anything else here, and then nobody can tell them apart.
	if known, err := host.NetworkInspect(ctx, inputs.Name, network.InspectOptions{}); err == nil && known.Name == inputs.Name {
		return "", nil, taken("network", inputs.Name, fmt.Errorf("its id is %s", known.ID))
	}
	made, err := host.NetworkCreate(ctx, inputs.Name, network.CreateOptions{
		Driver: inputs.Driver, Internal: inputs.Internal, Attachable: inputs.Attachable,
		Options: inputs.Options, Labels: labelMap(inputs.Labels),
	})
	if errdefs.IsConflict(err) {
		return "", nil, taken("network", inputs.Name, err)
	}
	if err != nil {
		return "", nil, fmt.Errorf("the network %s cannot be made: %w", inputs.Name, err)
	}
	found, err := host.NetworkInspect(ctx, made.ID, network.InspectOptions{})
	if err != nil {
		return made.ID, nil, err
	}
	return made.ID, networkOutputs(found), nil
}

func networkOutputs(found network.Inspect) resource.PropertyMap {
	return encode(map[string]any{"scope": found.Scope, "driver": found.Driver, "internal": found.Internal, "attachable": found.Attachable})
}

func (networks) read(
	ctx context.Context, host *host, id string, properties resource.PropertyMap,
) (string, resource.PropertyMap, resource.PropertyMap, error) {
	var inputs networkInputs
	if err := decode(properties, &inputs); err != nil {
		return "", nil, nil, err
	}
	found, err := host.NetworkInspect(ctx, id, network.InspectOptions{})
	if errdefs.IsNotFound(err) {
		return "", nil, nil, nil
	}
	if err != nil {
		return "", nil, nil, err
	}
	all := map[string]any{"name": found.Name, "driver": found.Driver, "internal": found.Internal, "attachable": found.Attachable}
	if len(inputs.Labels) > 0 {
		all["labels"] = observedLabels(inputs.Labels, found.Labels)
	}
	return found.ID, onlyDeclared(encode(all), properties, "name", "driver"), networkOutputs(found), nil
}

// onlyDeclared leaves out what was not declared, so that a default is no drift. An import, without inputs, keeps what it needs to know.
func onlyDeclared(observed, inputs resource.PropertyMap, needed ...resource.PropertyKey) resource.PropertyMap {
	result := resource.PropertyMap{}
	if len(inputs) == 0 {
		for _, key := range needed {
			result[key] = observed[key]
		}
		return result
	}
	for key, value := range observed {
		if _, ok := inputs[key]; ok {
			result[key] = value
		}
	}
	return result
}

func (n networks) update(ctx context.Context, host *host, id string, properties resource.PropertyMap) (resource.PropertyMap, error) {
	_, _, computed, err := n.read(ctx, host, id, properties)
	return computed, err
}

func (networks) remove(ctx context.Context, host *host, id string, _ resource.PropertyMap) error {
	return whileInUse(ctx, func() error { return host.NetworkRemove(ctx, id) })
}
