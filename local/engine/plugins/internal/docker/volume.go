package docker

import (
	"context"
	"fmt"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/volume"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// volumes are replaced by any change: Docker changes none in place.
type volumes struct{}

type volumeInputs struct {
	Name       string            `json:"name"`
	Driver     string            `json:"driver"`
	DriverOpts map[string]string `json:"driverOpts"`
	Labels     []pair            `json:"labels"`
}

func (volumes) named() bool { return true }

// create takes a volume of that name over when there is one, as Docker itself does and @pulumi/docker with it: that is how data outlives
// its declaration.
func (volumes) create(ctx context.Context, host *host, properties resource.PropertyMap) (string, resource.PropertyMap, error) {
	var inputs volumeInputs
	if err := decode(properties, &inputs); err != nil {
		return "", nil, err
	}
	made, err := host.VolumeCreate(ctx, volume.CreateOptions{
		Name: inputs.Name, Driver: inputs.Driver, DriverOpts: inputs.DriverOpts, Labels: labelMap(inputs.Labels),
	})
	if err != nil {
		return "", nil, fmt.Errorf("the volume %s cannot be made: %w", inputs.Name, err)
	}
	return made.Name, volumeOutputs(made), nil
}

func volumeOutputs(found volume.Volume) resource.PropertyMap {
	return encode(map[string]any{"driver": found.Driver, "mountpoint": found.Mountpoint})
}

func (volumes) read(
	ctx context.Context, host *host, id string, properties resource.PropertyMap,
) (string, resource.PropertyMap, resource.PropertyMap, error) {
	var inputs volumeInputs
	if err := decode(properties, &inputs); err != nil {
		return "", nil, nil, err
	}
	found, err := host.VolumeInspect(ctx, id)
	if errdefs.IsNotFound(err) {
		return "", nil, nil, nil
	}
	if err != nil {
		return "", nil, nil, err
	}
	// Labels are those of whoever made the volume, and stay with the data: they are not compared.
	all := encode(map[string]any{"name": found.Name, "driver": found.Driver})
	return found.Name, onlyDeclared(all, properties, "name", "driver"), volumeOutputs(found), nil
}

func (v volumes) update(ctx context.Context, host *host, id string, properties resource.PropertyMap) (resource.PropertyMap, error) {
	_, _, computed, err := v.read(ctx, host, id, properties)
	return computed, err
}

func (volumes) remove(ctx context.Context, host *host, id string, _ resource.PropertyMap) error {
	return whileInUse(ctx, func() error { return host.VolumeRemove(ctx, id, false) })
}

// whileInUse tries a removal again for as long as a container that has just gone may still hold the thing.
func whileInUse(ctx context.Context, remove func() error) error {
	deadline := time.Now().Add(15 * time.Second)
	for {
		err := remove()
		if err == nil || !(errdefs.IsConflict(err) || errdefs.IsPermissionDenied(err)) || time.Now().After(deadline) {
			return err
		}
		if err := pause(ctx, 500*time.Millisecond); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, duration time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(duration):
		return nil
	}
}
