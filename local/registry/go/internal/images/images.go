// Package images makes small real images: one static program in one layer on nothing.
package images

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// Seed asks for one image under all the given tags. The first tag is its revision, so two seeds of one repository differ.
type Seed struct {
	Repository string   `json:"repository"`
	Tags       []string `json:"tags"`
}

// Seeded tells what a tag points to now. Pushed is false when the registry had the tag already: a tag is never moved.
type Seeded struct {
	Repository string `json:"repository"`
	Tag        string `json:"tag"`
	Digest     string `json:"digest"`
	Pushed     bool   `json:"pushed"`
}

// Build makes the image of a seed. The same program and the same seed give the same digest: no clock, no host name goes in.
func Build(program string, seed Seed) (v1.Image, error) {
	content, err := layer(program)
	if err != nil {
		return nil, err
	}
	base, err := mutate.AppendLayers(empty.Image, content)
	if err != nil {
		return nil, err
	}
	file, err := base.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.OS, file.Architecture = "linux", runtime.GOARCH
	file.Created = v1.Time{Time: time.Unix(0, 0).UTC()}
	file.Config.Entrypoint = []string{"/app", "app"}
	file.Config.ExposedPorts = map[string]struct{}{"8080/tcp": {}}
	file.Config.User = "65532:65532"
	file.Config.Labels = map[string]string{
		"org.opencontainers.image.title":    seed.Repository,
		"org.opencontainers.image.revision": seed.Tags[0],
	}
	return mutate.ConfigFile(base, file)
}

func layer(program string) (v1.Layer, error) {
	binary, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	var archive bytes.Buffer
	writer := tar.NewWriter(&archive)
	header := &tar.Header{Name: "app", Mode: 0o755, Size: int64(len(binary)), ModTime: time.Unix(0, 0), Format: tar.FormatPAX}
	if err := writer.WriteHeader(header); err != nil {
		return nil, err
	}
	if _, err := writer.Write(binary); err != nil {
		return nil, err
	}
	// On the PATH that Docker gives to an image without one.
	link := &tar.Header{Name: "bin/healthcheck", Typeflag: tar.TypeSymlink, Linkname: "/app", Mode: 0o777, ModTime: time.Unix(0, 0), Format: tar.FormatPAX}
	if err := writer.WriteHeader(link); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive.Bytes())), nil })
}

// Push puts the image of a seed into the registry at host under every tag that the registry does not have yet.
func Push(host, program string, seed Seed) ([]Seeded, error) {
	if seed.Repository == "" || len(seed.Tags) == 0 {
		return nil, fmt.Errorf("a seed needs a repository and at least one tag, but is %q with %d tags", seed.Repository, len(seed.Tags))
	}
	var image v1.Image
	results := make([]Seeded, 0, len(seed.Tags))
	for _, tag := range seed.Tags {
		reference, err := name.NewTag(host+"/"+seed.Repository+":"+tag, name.StrictValidation, name.Insecure)
		if err != nil {
			return nil, err
		}
		if known, err := remote.Head(reference); err == nil {
			results = append(results, Seeded{seed.Repository, tag, known.Digest.String(), false})
			continue
		}
		if image == nil {
			if image, err = Build(program, seed); err != nil {
				return nil, err
			}
		}
		if err := remote.Write(reference, image); err != nil {
			return nil, fmt.Errorf("pushing %s: %w", reference, err)
		}
		digest, err := image.Digest()
		if err != nil {
			return nil, err
		}
		results = append(results, Seeded{seed.Repository, tag, digest.String(), true})
	}
	return results, nil
}
