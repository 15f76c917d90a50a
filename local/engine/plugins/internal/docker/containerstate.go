package docker

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/go-connections/nat"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// settled waits for what the arguments promise: the end with attach, running with mustRun, healthy with wait.
func (c containerInputs) settled(ctx context.Context, host *host, id string) error {
	if !orTrue(c.Start) {
		return nil
	}
	if c.Attach {
		ended, failed := host.ContainerWait(ctx, id, container.WaitConditionNotRunning)
		select {
		case <-ended:
			return nil
		case err := <-failed:
			return fmt.Errorf("waiting for the end of the container %s: %w", c.Name, err)
		}
	}
	deadline := time.Now().Add(time.Duration(c.waitSeconds()) * time.Second)
	for {
		found, err := host.ContainerInspect(ctx, id)
		if err != nil {
			return err
		}
		state := found.State
		if !state.Running && !state.Restarting && orTrue(c.MustRun) {
			return fmt.Errorf("the container %s ended with exit code %d, but must run. Its last lines:\n%s",
				c.Name, state.ExitCode, host.logsOf(ctx, id, "20"))
		}
		if !c.Wait {
			return nil
		}
		health := state.Health
		if health == nil {
			return fmt.Errorf("the container %s is to be waited for, but has no health check: declare healthcheck, or leave wait out", c.Name)
		}
		if health.Status == container.Healthy {
			return nil
		}
		last := ""
		if count := len(health.Log); count > 0 {
			last = fmt.Sprintf(". Its last check ended with %d: %s", health.Log[count-1].ExitCode, strings.TrimSpace(health.Log[count-1].Output))
		}
		if health.Status == container.Unhealthy {
			return fmt.Errorf("the container %s is unhealthy%s", c.Name, last)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the container %s did not become healthy within %d s%s", c.Name, c.waitSeconds(), last)
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

// outputs tells what only the host knows.
func (c containerInputs) outputs(ctx context.Context, host *host, id string) (resource.PropertyMap, error) {
	found, err := host.ContainerInspect(ctx, id)
	if err != nil {
		return nil, err
	}
	data := []any{}
	if found.NetworkSettings != nil {
		names := make([]string, 0, len(found.NetworkSettings.Networks))
		for name := range found.NetworkSettings.Networks {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			at := found.NetworkSettings.Networks[name]
			data = append(data, map[string]any{
				"networkName": name, "ipAddress": at.IPAddress, "ipPrefixLength": at.IPPrefixLen, "gateway": at.Gateway, "macAddress": at.MacAddress,
			})
		}
	}
	result := map[string]any{"networkDatas": data}
	if !orTrue(c.MustRun) && !found.State.Running {
		result["exitCode"] = found.State.ExitCode
	}
	if c.Attach && c.Logs {
		result["containerLogs"] = host.logsOf(ctx, id, "all")
	}
	return encode(result), nil
}

// observe tells how the container differs from its arguments; what was not declared is the image's or the daemon's to choose, and no drift.
func observe(inputs containerInputs, properties resource.PropertyMap, found container.InspectResponse) resource.PropertyMap {
	config, hostConfig := found.Config, found.HostConfig
	all := map[string]any{
		"name": strings.TrimPrefix(found.Name, "/"), "restart": string(hostConfig.RestartPolicy.Name),
		"maxRetryCount": hostConfig.RestartPolicy.MaximumRetryCount, "memory": hostConfig.Memory / megabyte,
		"cpuShares": hostConfig.CPUShares, "readOnly": hostConfig.ReadonlyRootfs, "user": config.User, "workingDir": config.WorkingDir,
		"envs": declaredOf(inputs.Envs, config.Env), "labels": observedLabels(inputs.Labels, config.Labels),
		"ports": observedPorts(inputs.Ports, hostConfig.PortBindings), "networksAdvanced": observedNetworks(inputs, found),
	}
	if len(inputs.Command) > 0 {
		all["command"] = []string(config.Cmd)
	}
	if len(inputs.Entrypoints) > 0 {
		all["entrypoints"] = []string(config.Entrypoint)
	}
	// A declared image may be an id or a name; both lead to the same one.
	all["image"] = inputs.Image
	if inputs.Image != found.Image && inputs.Image != config.Image {
		all["image"] = found.Image
	}
	result := onlyDeclared(encode(all), properties, "name", "image", "restart")
	if orTrue(inputs.MustRun) && orTrue(inputs.Start) && !found.State.Running && !found.State.Restarting {
		// This is what @pulumi/docker says of a stopped container: the next update sets it right by starting it.
		result["mustRun"] = resource.NewBoolProperty(false)
	}
	return result
}

func declaredOf(declared, live []string) []string {
	result := []string{}
	for _, one := range declared {
		if slices.Contains(live, one) {
			result = append(result, one)
			continue
		}
		name, _, _ := strings.Cut(one, "=")
		for _, other := range live {
			if strings.HasPrefix(other, name+"=") {
				result = append(result, other)
			}
		}
	}
	return result
}

// observedPorts keeps order and spelling of what is declared and published; anything else is listed as the host has it.
func observedPorts(declared []containerPort, live nat.PortMap) []containerPort {
	result := []containerPort{}
	left := nat.PortMap{}
	for key, bindings := range live {
		left[key] = slices.Clone(bindings)
	}
	for _, port := range declared {
		key := port.key()
		index := slices.IndexFunc(left[key], func(binding nat.PortBinding) bool {
			return binding.HostIP == port.IP && (port.External == 0 || binding.HostPort == strconv.Itoa(port.External))
		})
		if index >= 0 {
			result = append(result, port)
			left[key] = slices.Delete(left[key], index, index+1)
		}
	}
	for key, bindings := range left {
		for _, binding := range bindings {
			external, _ := strconv.Atoi(binding.HostPort)
			result = append(result, containerPort{Internal: key.Int(), External: external, IP: binding.HostIP, Protocol: key.Proto()})
		}
	}
	return result
}

func observedNetworks(inputs containerInputs, found container.InspectResponse) []containerNetwork {
	result := []containerNetwork{}
	if found.NetworkSettings == nil {
		return inputs.NetworksAdvanced
	}
	left := map[string]bool{}
	for name := range found.NetworkSettings.Networks {
		left[name] = true
	}
	for _, one := range inputs.NetworksAdvanced {
		// A network may be declared by its id.
		for name, at := range found.NetworkSettings.Networks {
			if one.Name == name || (at.NetworkID != "" && one.Name == at.NetworkID) {
				result = append(result, one)
				delete(left, name)
			}
		}
	}
	for name := range left {
		result = append(result, containerNetwork{Name: name})
	}
	return result
}
