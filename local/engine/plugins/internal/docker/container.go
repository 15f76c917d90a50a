package docker

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/pkg/stdcopy"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// containers are replaced by a change of what they run; limits and the restart policy change in place.
type containers struct{}

func (containers) named() bool { return true }

func (containers) create(ctx context.Context, host *host, properties resource.PropertyMap) (string, resource.PropertyMap, error) {
	inputs, err := containerOf(properties)
	if err != nil {
		return "", nil, err
	}
	config, err := inputs.config()
	if err != nil {
		return "", nil, fmt.Errorf("container %s: %w", inputs.Name, err)
	}
	made, err := host.ContainerCreate(ctx, config, inputs.hostConfig(), inputs.endpoints(), nil, inputs.Name)
	if errdefs.IsConflict(err) {
		return "", nil, taken("container", inputs.Name, err)
	}
	if err != nil {
		return "", nil, fmt.Errorf("the container %s cannot be made: %w", inputs.Name, err)
	}
	if err := inputs.launch(ctx, host, made.ID); err != nil {
		// It never ran, so nothing is lost with it, and its name is free for the next try. Also when the request was cancelled.
		_ = host.ContainerRemove(context.WithoutCancel(ctx), made.ID, container.RemoveOptions{Force: true, RemoveVolumes: true})
		return "", nil, err
	}
	failed := inputs.settled(ctx, host, made.ID)
	computed, err := inputs.outputs(context.WithoutCancel(ctx), host, made.ID)
	if failed == nil {
		failed = err
	}
	return made.ID, computed, failed
}

// launch joins the other networks and starts the container.
func (c containerInputs) launch(ctx context.Context, host *host, id string) error {
	for i, one := range c.NetworksAdvanced {
		if i == 0 {
			continue
		}
		if err := host.NetworkConnect(ctx, one.Name, id, &network.EndpointSettings{Aliases: one.Aliases}); err != nil {
			return fmt.Errorf("the container %s cannot join the network %s: %w", c.Name, one.Name, err)
		}
	}
	if !orTrue(c.Start) {
		return nil
	}
	return c.start(ctx, host, id)
}

func (c containerInputs) start(ctx context.Context, host *host, id string) error {
	err := host.ContainerStart(ctx, id, container.StartOptions{})
	if err == nil {
		return nil
	}
	text := err.Error()
	if strings.Contains(text, "address already in use") || strings.Contains(text, "port is already allocated") {
		var ports []string
		for _, port := range c.Ports {
			ports = append(ports, fmt.Sprintf("%s:%d", port.IP, port.External))
		}
		return fmt.Errorf("the container %s cannot have its port (%s): something on the Docker host listens there. "+
			"End it, or declare another port: %w", c.Name, strings.Join(ports, ", "), err)
	}
	return fmt.Errorf("the container %s cannot be started: %w", c.Name, err)
}

func (containers) read(
	ctx context.Context, host *host, id string, properties resource.PropertyMap,
) (string, resource.PropertyMap, resource.PropertyMap, error) {
	inputs, err := containerOf(properties)
	if err != nil {
		return "", nil, nil, err
	}
	found, err := host.ContainerInspect(ctx, id)
	if errdefs.IsNotFound(err) {
		return "", nil, nil, nil
	}
	if err != nil {
		return "", nil, nil, err
	}
	computed, err := inputs.outputs(ctx, host, found.ID)
	return found.ID, observe(inputs, properties, found), computed, err
}

func (containers) update(ctx context.Context, host *host, id string, properties resource.PropertyMap) (resource.PropertyMap, error) {
	inputs, err := containerOf(properties)
	if err != nil {
		return nil, err
	}
	_, err = host.ContainerUpdate(ctx, id, container.UpdateConfig{Resources: inputs.resources(), RestartPolicy: inputs.restartPolicy()})
	if err != nil {
		return nil, fmt.Errorf("the container %s cannot be changed in place: %w", inputs.Name, err)
	}
	found, err := host.ContainerInspect(ctx, id)
	if err != nil {
		return nil, err
	}
	if orTrue(inputs.MustRun) && orTrue(inputs.Start) && !found.State.Running {
		if err := inputs.start(ctx, host, id); err != nil {
			return nil, err
		}
	}
	failed := inputs.settled(ctx, host, id)
	computed, err := inputs.outputs(context.WithoutCancel(ctx), host, id)
	if failed == nil {
		failed = err
	}
	return computed, failed
}

func (containers) remove(ctx context.Context, host *host, id string, properties resource.PropertyMap) error {
	inputs, err := containerOf(properties)
	if err != nil {
		return err
	}
	if inputs.DestroyGraceSeconds > 0 {
		err := host.ContainerStop(ctx, id, container.StopOptions{Timeout: &inputs.DestroyGraceSeconds})
		if err != nil && !errdefs.IsNotFound(err) {
			return fmt.Errorf("the container %s cannot be stopped: %w", inputs.Name, err)
		}
	}
	return host.ContainerRemove(ctx, id, container.RemoveOptions{Force: true, RemoveVolumes: orTrue(inputs.RemoveVolumes)})
}

// logsOf returns what a container wrote, its last lines only unless all are asked for.
func (h *host) logsOf(ctx context.Context, id, lines string) string {
	reader, err := h.ContainerLogs(ctx, id, container.LogsOptions{ShowStdout: true, ShowStderr: true, Tail: lines})
	if err != nil {
		return ""
	}
	defer func() { _ = reader.Close() }()
	var text bytes.Buffer
	_, _ = stdcopy.StdCopy(&text, &text, reader)
	return text.String()
}
