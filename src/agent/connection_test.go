package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"
)

// keyFolder holds a host key, and lets in who has the signer.
func keyFolder(t *testing.T) (string, ssh.Signer) {
	t.Helper()
	folder := t.TempDir()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	block, err := ssh.MarshalPrivateKey(private, "")
	must(t, err)
	signer, err := ssh.NewSignerFromKey(private)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(folder, "host_key"), pem.EncodeToMemory(block), 0o444))
	must(t, os.WriteFile(filepath.Join(folder, "authorized_keys"), ssh.MarshalAuthorizedKey(signer.PublicKey()), 0o444))
	return folder, signer
}

// bufferedEnd is an end of a pipe whose writes wait for nobody, as those of a socket.
type bufferedEnd struct {
	net.Conn
	queue chan []byte
}

func buffered(end net.Conn) *bufferedEnd {
	b := &bufferedEnd{end, make(chan []byte, 1000)}
	go func() {
		for bytes := range b.queue {
			if _, err := b.Conn.Write(bytes); err != nil {
				return
			}
		}
	}()
	return b
}

func (b *bufferedEnd) Write(bytes []byte) (int, error) {
	b.queue <- slices.Clone(bytes)
	return len(bytes), nil
}

// logIn returns a client's end of an authenticated connection, on which nobody answers yet.
func logIn(t *testing.T, s *server, signer ssh.Signer) (ssh.Conn, <-chan *ssh.Request) {
	t.Helper()
	ours, theirs := net.Pipe()
	client := buffered(theirs)
	t.Cleanup(func() { close(client.queue) })
	go s.greet(ours)
	connection, _, requests, err := ssh.NewClientConn(client, "agent", &ssh.ClientConfig{
		User:            "anybody",
		Auth:            []ssh.AuthMethod{ssh.PublicKeys(signer)},
		HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	})
	must(t, err)
	return connection, requests
}

func abandonableServer(t *testing.T, after time.Duration) (*server, ssh.Signer, func() bool) {
	t.Helper()
	folder, signer := keyFolder(t)
	config, err := serverConfig(folder)
	must(t, err)
	abandoned := make(chan struct{})
	s := &server{config: config, logins: newLogins(after, func() { close(abandoned) })}
	return s, signer, func() bool {
		synctest.Wait()
		select {
		case <-abandoned:
			return true
		default:
			return false
		}
	}
}

func TestAContainerIsAbandonedWhenNobodyHasLoggedInForSoLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, signer, isAbandoned := abandonableServer(t, 15*time.Minute)
		time.Sleep(14 * time.Minute)
		connection, requests := logIn(t, s, signer)
		go ssh.DiscardRequests(requests)
		time.Sleep(24 * time.Hour)
		if isAbandoned() {
			t.Error("it was abandoned while somebody was logged in")
		}
		must(t, connection.Close())
		time.Sleep(14 * time.Minute)
		if isAbandoned() {
			t.Error("it was abandoned too early")
		}
		time.Sleep(2 * time.Minute)
		if !isAbandoned() {
			t.Error("it was not abandoned")
		}
	})
}

func TestAPeerThatHasVanishedIsNoLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, signer, isAbandoned := abandonableServer(t, 15*time.Minute)
		// It never answers a keepalive, and never closes its connection.
		connection, requests := logIn(t, s, signer)
		time.Sleep(15*time.Minute + keepaliveInterval + keepalivePatience + time.Second)
		if !isAbandoned() {
			t.Error("it counts as a login")
		}
		_ = connection.Close()
		for range requests {
			// Ends with the connection.
		}
	})
}

func TestWhoDoesNotLogInIsHungUpOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, isAbandoned := abandonableServer(t, time.Hour)
		ours, theirs := net.Pipe()
		left := make(chan struct{})
		go func() {
			s.greet(ours)
			close(left)
		}()
		buffer := make([]byte, 1024)
		if _, err := theirs.Read(buffer); err != nil {
			t.Fatal(err)
		}
		time.Sleep(loginTimeout + time.Second)
		synctest.Wait()
		select {
		case <-left:
		default:
			t.Error("it is still waited for")
		}
		time.Sleep(2 * time.Hour)
		if !isAbandoned() {
			t.Error("it counts as a login")
		}
		_ = theirs.Close()
	})
}

func TestKeysOfAnotherKindAreRefusedAtTheStart(t *testing.T) {
	folder, _ := keyFolder(t)
	for _, file := range []string{"authorized_keys", "host_key"} {
		path := filepath.Join(folder, file)
		text, err := os.ReadFile(path)
		must(t, err)
		must(t, os.Remove(path))
		if _, err := serverConfig(folder); err == nil {
			t.Errorf("it starts without %s", file)
		}
		must(t, os.WriteFile(path, []byte("ssh-ed25519 nonsense\n"), 0o444))
		if _, err := serverConfig(folder); err == nil {
			t.Errorf("it starts with nonsense in %s", file)
		}
		must(t, os.Remove(path))
		must(t, os.WriteFile(path, text, 0o444))
	}
}
