package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// keysVolume is a ConfigFile volume as Kubernetes lays one out: the files are links into a folder that can be exchanged.
func keysVolume(t *testing.T) string {
	t.Helper()
	volume := t.TempDir()
	data := filepath.Join(volume, "..2026_01_01")
	must(t, os.Mkdir(data, 0o755))
	must(t, os.Symlink("..2026_01_01", filepath.Join(volume, "..data")))
	for _, name := range []string{"host_key", "authorized_keys"} {
		must(t, os.WriteFile(filepath.Join(data, name), []byte(name+" text\n"), 0o600))
		must(t, os.Symlink(filepath.Join("..data", name), filepath.Join(volume, name)))
	}
	return volume
}

func TestInstallCanBeRepeated(t *testing.T) {
	before := syscall.Umask(0o077)
	defer syscall.Umask(before)
	dest, keys := t.TempDir(), filepath.Join(t.TempDir(), "keys")
	self := filepath.Join(t.TempDir(), "self")
	must(t, os.WriteFile(self, []byte("the program"), 0o755))
	options := installOptions{dest, []keysCopy{{keysVolume(t), keys}}}
	for range 2 {
		must(t, installFrom(self, "/no/busybox", options, testReaper))
	}
	isFile(t, filepath.Join(dest, "eci-agent"), "the program", 0o555)
	isFile(t, filepath.Join(keys, "host_key"), "host_key text\n", 0o444)
	isFile(t, filepath.Join(keys, "authorized_keys"), "authorized_keys text\n", 0o444)
	if target, err := os.Readlink(filepath.Join(dest, "bin/gitlab-runner")); target != "/usr/bin/gitlab-runner-helper" {
		t.Errorf("gitlab-runner is %q, %v", target, err)
	}
	if entries, err := os.ReadDir(keys); len(entries) != 2 {
		t.Errorf("the keys are %v, %v", entries, err)
	}
	if _, err := os.Stat(filepath.Join(dest, shellFolder)); !os.IsNotExist(err) {
		t.Errorf("a busybox from nowhere: %v", err)
	}
}

func TestInstallLinksTheAppletsOfItsBusybox(t *testing.T) {
	dest := t.TempDir()
	busybox := filepath.Join(t.TempDir(), "busybox")
	must(t, os.WriteFile(busybox, []byte("#!/bin/sh\necho busybox; echo cat; echo sh\n"), 0o755))
	for range 2 {
		must(t, installFrom(busybox, busybox, installOptions{dest: dest}, testReaper))
	}
	for _, applet := range []string{"cat", "sh"} {
		if target, err := os.Readlink(filepath.Join(dest, shellFolder, applet)); target != "busybox" {
			t.Errorf("%s is %q, %v", applet, target, err)
		}
	}
}

func TestInstallNamesWhatIsMissing(t *testing.T) {
	options := installOptions{t.TempDir(), []keysCopy{{"/no/such/keys", t.TempDir()}}}
	if err := installFrom("/bin/sh", "/no/busybox", options, testReaper); !os.IsNotExist(err) {
		t.Errorf("got %v", err)
	}
}

func isFile(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode() != mode {
		t.Errorf("%s has mode %v", path, info.Mode())
	}
	if read, err := os.ReadFile(path); string(read) != text {
		t.Errorf("%s holds %q, %v", path, read, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
