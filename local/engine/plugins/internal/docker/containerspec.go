package docker

import (
	"fmt"
	"strconv"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/go-connections/nat"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const megabyte = 1 << 20

// containerInputs are the arguments of a container. Pointers tell what was not said; memory is in megabytes, times are in seconds.
type containerInputs struct {
	Name                string             `json:"name"`
	Image               string             `json:"image"`
	Command             []string           `json:"command"`
	Entrypoints         []string           `json:"entrypoints"`
	Envs                []string           `json:"envs"`
	Hostname            string             `json:"hostname"`
	User                string             `json:"user"`
	WorkingDir          string             `json:"workingDir"`
	Labels              []pair             `json:"labels"`
	Ports               []containerPort    `json:"ports"`
	NetworksAdvanced    []containerNetwork `json:"networksAdvanced"`
	Volumes             []containerVolume  `json:"volumes"`
	Healthcheck         *healthcheck       `json:"healthcheck"`
	ReadOnly            bool               `json:"readOnly"`
	Init                *bool              `json:"init"`
	StopSignal          string             `json:"stopSignal"`
	StopTimeout         *int               `json:"stopTimeout"`
	Restart             string             `json:"restart"`
	MaxRetryCount       int                `json:"maxRetryCount"`
	Memory              int64              `json:"memory"`
	MemorySwap          int64              `json:"memorySwap"`
	CPUShares           int64              `json:"cpuShares"`
	MustRun             *bool              `json:"mustRun"`
	Start               *bool              `json:"start"`
	Attach              bool               `json:"attach"`
	Logs                bool               `json:"logs"`
	Wait                bool               `json:"wait"`
	WaitTimeout         *int               `json:"waitTimeout"`
	DestroyGraceSeconds int                `json:"destroyGraceSeconds"`
	RemoveVolumes       *bool              `json:"removeVolumes"`
}

type containerPort struct {
	Internal int    `json:"internal"`
	External int    `json:"external,omitempty"`
	IP       string `json:"ip,omitempty"`
	Protocol string `json:"protocol,omitempty"`
}

type containerNetwork struct {
	Name    string   `json:"name"`
	Aliases []string `json:"aliases,omitempty"`
}

type containerVolume struct {
	VolumeName    string `json:"volumeName"`
	HostPath      string `json:"hostPath"`
	ContainerPath string `json:"containerPath"`
	ReadOnly      bool   `json:"readOnly"`
}

type healthcheck struct {
	Tests       []string `json:"tests"`
	Interval    string   `json:"interval"`
	Timeout     string   `json:"timeout"`
	StartPeriod string   `json:"startPeriod"`
	Retries     int      `json:"retries"`
}

func containerOf(properties resource.PropertyMap) (containerInputs, error) {
	var inputs containerInputs
	err := decode(properties, &inputs)
	return inputs, err
}

// orTrue is the value of an argument whose default is true.
func orTrue(given *bool) bool { return given == nil || *given }

func (c containerInputs) waitSeconds() int {
	if c.WaitTimeout == nil {
		return 60
	}
	return *c.WaitTimeout
}

// config says what runs: the part of a container that is the same on every host.
func (c containerInputs) config() (*container.Config, error) {
	check, err := c.Healthcheck.config()
	if err != nil {
		return nil, err
	}
	exposed := nat.PortSet{}
	for _, port := range c.Ports {
		exposed[port.key()] = struct{}{}
	}
	return &container.Config{
		Image: c.Image, Cmd: c.Command, Entrypoint: c.Entrypoints, Env: c.Envs, Hostname: c.Hostname, User: c.User,
		WorkingDir: c.WorkingDir, Labels: labelMap(c.Labels), ExposedPorts: exposed, Healthcheck: check,
		StopSignal: c.StopSignal, StopTimeout: c.StopTimeout,
	}, nil
}

func (h *healthcheck) config() (*container.HealthConfig, error) {
	if h == nil {
		return nil, nil
	}
	result := &container.HealthConfig{Test: h.Tests, Retries: h.Retries}
	for _, one := range []struct {
		name, text string
		into       *time.Duration
	}{{"interval", h.Interval, &result.Interval}, {"timeout", h.Timeout, &result.Timeout}, {"startPeriod", h.StartPeriod, &result.StartPeriod}} {
		if one.text == "" {
			continue
		}
		duration, err := time.ParseDuration(one.text)
		if err != nil {
			return nil, fmt.Errorf("healthcheck.%s %q is not a duration: write it like 10s or 1m30s", one.name, one.text)
		}
		*one.into = duration
	}
	return result, nil
}

func (p containerPort) key() nat.Port {
	protocol := p.Protocol
	if protocol == "" {
		protocol = "tcp"
	}
	return nat.Port(strconv.Itoa(p.Internal) + "/" + protocol)
}

// hostConfig says how it runs on this host.
func (c containerInputs) hostConfig() *container.HostConfig {
	bindings := nat.PortMap{}
	for _, port := range c.Ports {
		binding := nat.PortBinding{HostIP: port.IP}
		if port.External != 0 {
			binding.HostPort = strconv.Itoa(port.External)
		}
		bindings[port.key()] = append(bindings[port.key()], binding)
	}
	result := &container.HostConfig{
		PortBindings: bindings, ReadonlyRootfs: c.ReadOnly, Init: c.Init, RestartPolicy: c.restartPolicy(), Resources: c.resources(),
	}
	for _, one := range c.Volumes {
		made := mount.Mount{Type: mount.TypeVolume, Source: one.VolumeName, Target: one.ContainerPath, ReadOnly: one.ReadOnly}
		if one.HostPath != "" {
			made.Type, made.Source = mount.TypeBind, one.HostPath
		}
		result.Mounts = append(result.Mounts, made)
	}
	if len(c.NetworksAdvanced) > 0 {
		result.NetworkMode = container.NetworkMode(c.NetworksAdvanced[0].Name)
	}
	return result
}

func (c containerInputs) restartPolicy() container.RestartPolicy {
	policy := c.Restart
	if policy == "" {
		policy = "no"
	}
	return container.RestartPolicy{Name: container.RestartPolicyMode(policy), MaximumRetryCount: c.MaxRetryCount}
}

func (c containerInputs) resources() container.Resources {
	swap := c.MemorySwap
	// -1 stands for no limit.
	if swap > 0 {
		swap *= megabyte
	}
	return container.Resources{Memory: c.Memory * megabyte, MemorySwap: swap, CPUShares: c.CPUShares}
}

func (c containerInputs) endpoints() *network.NetworkingConfig {
	result := &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{}}
	// A daemon before API 1.44 takes one network at creation; the rest are joined before the start.
	if len(c.NetworksAdvanced) > 0 {
		first := c.NetworksAdvanced[0]
		result.EndpointsConfig[first.Name] = &network.EndpointSettings{Aliases: first.Aliases}
	}
	return result
}
