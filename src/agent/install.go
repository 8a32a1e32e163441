package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	// programName is the agent's file in the folder that it is installed to.
	programName = "eci-agent"
	// helperProgram is the official helper image's name for what the runner's scripts call "gitlab-runner".
	helperProgram = "/usr/bin/gitlab-runner-helper"
	// imageBusybox is where the agent's own image has a busybox, if it has one.
	imageBusybox = "/busybox"
	// shellFolder holds that busybox beside the agent, with a link for each of its applets, "sh" among them.
	shellFolder = "busybox"
)

// install puts the agent, and each container's keys, into the volumes that the containers mount. It can be repeated.
func install(options installOptions) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("the agent cannot find itself: %w", err)
	}
	if err := installFrom(self, imageBusybox, options, newReaper()); err != nil {
		return fmt.Errorf("install: %w", err)
	}
	say("%s installed in %s", version, options.dest)
	return nil
}

func installFrom(self, busybox string, options installOptions, r *reaper) error {
	if err := copyFile(self, filepath.Join(options.dest, programName), 0o555); err != nil {
		return err
	}
	if err := link(helperProgram, filepath.Join(options.dest, "bin", "gitlab-runner")); err != nil {
		return err
	}
	if err := installBusybox(busybox, filepath.Join(options.dest, shellFolder), r); err != nil {
		return err
	}
	for _, keys := range options.keys {
		if err := copyKeys(keys); err != nil {
			return err
		}
	}
	return nil
}

func copyKeys(keys keysCopy) error {
	entries, err := os.ReadDir(keys.from)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		// A ConfigFile volume may hold links and folders of its own beside the files (Kubernetes calls them ..data).
		if strings.HasPrefix(entry.Name(), "..") {
			continue
		}
		// Whoever the container's user is has to read them.
		if err := copyFile(filepath.Join(keys.from, entry.Name()), filepath.Join(keys.to, entry.Name()), 0o444); err != nil {
			return err
		}
	}
	return nil
}

// installBusybox does nothing where the agent's image has none.
func installBusybox(from, folder string, r *reaper) error {
	program := filepath.Join(folder, "busybox")
	if err := copyFile(from, program, 0o555); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	applets, err := r.outputOf(program, "--list")
	if err != nil {
		return fmt.Errorf("%s cannot list its applets: %w", from, err)
	}
	for _, applet := range strings.Fields(applets) {
		if applet == "busybox" {
			continue
		}
		if err := link("busybox", filepath.Join(folder, applet)); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string, mode fs.FileMode) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	// What an earlier try left has no write permission.
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	// The umask has no say in it.
	return errors.Join(err, target.Chmod(mode), target.Close())
}

func link(target, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Symlink(target, path)
}
