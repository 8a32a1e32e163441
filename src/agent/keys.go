package main

import (
	"crypto/subtle"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/crypto/ssh"
)

// serverConfig is how the agent speaks SSH: the container's host key, the one key that opens it, and algorithms that are fast on
// what ECI runs on (AES-GCM above all) and known to the driver's client.
func serverConfig(folder string) (*ssh.ServerConfig, error) {
	hostKey, err := readHostKey(filepath.Join(folder, "host_key"))
	if err != nil {
		return nil, err
	}
	clientKey, err := readClientKey(filepath.Join(folder, "authorized_keys"))
	if err != nil {
		return nil, err
	}
	config := &ssh.ServerConfig{
		Config: ssh.Config{
			KeyExchanges: []string{ssh.KeyExchangeCurve25519, "curve25519-sha256@libssh.org"},
			Ciphers:      []string{ssh.CipherAES128GCM, ssh.CipherChaCha20Poly1305, ssh.CipherAES128CTR},
			MACs:         []string{ssh.HMACSHA256ETM, ssh.HMACSHA256},
		},
		ServerVersion:           "SSH-2.0-eci-agent",
		PublicKeyAuthAlgorithms: []string{ssh.KeyAlgoED25519},
		PublicKeyCallback: func(_ ssh.ConnMetadata, offered ssh.PublicKey) (*ssh.Permissions, error) {
			if subtle.ConstantTimeCompare(offered.Marshal(), clientKey.Marshal()) != 1 {
				return nil, fmt.Errorf("another key")
			}
			return nil, nil
		},
	}
	config.AddHostKey(hostKey)
	return config, nil
}

func readHostKey(path string) (ssh.Signer, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the host key: %w", err)
	}
	key, err := ssh.ParsePrivateKey(text)
	if err != nil {
		return nil, fmt.Errorf("the host key %s: %w", path, err)
	}
	return key, nil
}

func readClientKey(path string) (ssh.PublicKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the client's key: %w", err)
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		return nil, fmt.Errorf("the client's key %s: %w", path, err)
	}
	if key.Type() != ssh.KeyAlgoED25519 {
		return nil, fmt.Errorf("the client's key %s is %s, not %s", path, key.Type(), ssh.KeyAlgoED25519)
	}
	return key, nil
}
