package kube

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

// binariesVariable names the folder that holds etcd, kube-apiserver and kube-controller-manager.
const binariesVariable = "GATEHOUSE_KUBE_BIN"

// testCluster is the API server that all tests of this package share; each test works in namespaces of its own.
var testCluster struct {
	kubeconfig string
	address    string
	client     dynamic.Interface
	missing    string
}

func TestMain(m *testing.M) {
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	folder := os.Getenv(binariesVariable)
	if folder == "" {
		testCluster.missing = binariesVariable + " is not set: it names the folder with etcd, kube-apiserver and kube-controller-manager"
		fmt.Println("Tests against an API server are skipped: " + testCluster.missing)
		os.Exit(m.Run())
	}
	code, err := withCluster(folder, m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(code)
}

// withCluster runs a function while etcd, the API server and the controllers that delete things are running.
func withCluster(folder string, run func() int) (int, error) {
	home, err := os.MkdirTemp("", "gatehouse-kube-")
	if err != nil {
		return 1, err
	}
	defer func() { _ = os.RemoveAll(home) }()
	if err := writeCertificates(home); err != nil {
		return 1, err
	}
	ports, err := freePorts(3)
	if err != nil {
		return 1, err
	}
	in := func(name string) string { return filepath.Join(home, name) }
	local := func(scheme string, port int) string { return fmt.Sprintf("%s://127.0.0.1:%d", scheme, port) }
	testCluster.kubeconfig, testCluster.address = in("kubeconfig"), local("https", ports[2])
	if err := writeKubeconfig(home, testCluster.kubeconfig, testCluster.address); err != nil {
		return 1, err
	}
	programs := [][]string{
		{"etcd", "--name=node0", "--data-dir=" + in("etcd"), "--listen-client-urls=" + local("http", ports[0]),
			"--advertise-client-urls=" + local("http", ports[0]),
			"--listen-peer-urls=" + local("http", ports[1]), "--initial-advertise-peer-urls=" + local("http", ports[1]),
			"--initial-cluster=node0=" + local("http", ports[1]), "--unsafe-no-fsync"},
		{"kube-apiserver", "--etcd-servers=" + local("http", ports[0]), "--etcd-prefix=/registry", "--endpoint-reconciler-type=none",
			"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--service-cluster-ip-range=10.0.0.0/24",
			fmt.Sprintf("--secure-port=%d", ports[2]),
			"--authorization-mode=RBAC", "--tls-cert-file=" + in("admin.crt"), "--tls-private-key-file=" + in("admin.key"),
			"--client-ca-file=" + in("ca.crt"),
			"--service-account-key-file=" + in("admin.key"), "--service-account-signing-key-file=" + in("admin.key"),
			"--service-account-issuer=https://kubernetes.default.svc.cluster.local"},
		{"kube-controller-manager", "--kubeconfig=" + testCluster.kubeconfig, "--secure-port=0", "--leader-elect=false",
			"--service-account-private-key-file=" + in("admin.key"), "--root-ca-file=" + in("ca.crt"),
			"--controllers=namespace-controller,garbage-collector-controller"},
	}
	for _, program := range programs {
		stop, err := start(filepath.Join(folder, program[0]), program[1:], in(program[0]+".log"))
		if err != nil {
			return 1, err
		}
		defer stop()
		if program[0] == "kube-apiserver" {
			if err := awaitReady(testCluster.kubeconfig, testCluster.address); err != nil {
				log, _ := os.ReadFile(in("kube-apiserver.log"))
				return 1, fmt.Errorf("%w\n%s", err, log[max(0, len(log)-4000):])
			}
		}
	}
	config, err := clientcmd.BuildConfigFromFlags("", testCluster.kubeconfig)
	if err != nil {
		return 1, err
	}
	config.QPS, config.Burst = 200, 200
	if testCluster.client, err = dynamic.NewForConfig(config); err != nil {
		return 1, err
	}
	return run(), nil
}

// start runs a program that is killed with the test, also when the test itself is killed.
func start(path string, arguments []string, log string) (func(), error) {
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	command := exec.Command(path, arguments...)
	command.Stdout, command.Stderr = out, out
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		return nil, err
	}
	return func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		_ = out.Close()
	}, nil
}

func awaitReady(kubeconfig, address string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	transport, err := restTransport(config)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: transport, Timeout: time.Second}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		answer, err := client.Get(address + "/readyz")
		if err != nil {
			continue
		}
		_ = answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return nil
		}
	}
	return fmt.Errorf("the API server at %s was not ready within a minute", address)
}

// freePorts returns ports of 127.0.0.1 that nobody listens on, all different.
func freePorts(count int) ([]int, error) {
	var ports []int
	for range count {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = listener.Close() }()
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// writeCertificates makes a certificate authority, and with it one certificate that serves as the server's and the administrator's.
func writeCertificates(folder string) error {
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "admin", Organization: []string{"system:masters"}},
		NotBefore: authority.NotBefore, NotAfter: authority.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:    []string{"localhost", "kubernetes.default.svc"}, IPAddresses: []net.IP{net.ParseIP("127.0.0.1")},
	}
	authorityDER, err := x509.CreateCertificate(rand.Reader, authority, authority, &authorityKey.PublicKey, authorityKey)
	if err != nil {
		return err
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, authority, &key.PublicKey, authorityKey)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	for name, block := range map[string]*pem.Block{
		"ca.crt":    {Type: "CERTIFICATE", Bytes: authorityDER},
		"admin.crt": {Type: "CERTIFICATE", Bytes: leafDER},
		"admin.key": {Type: "EC PRIVATE KEY", Bytes: keyDER},
	} {
		if err := os.WriteFile(filepath.Join(folder, name), pem.EncodeToMemory(block), 0o600); err != nil {
			return err
		}
	}
	return nil
}
