package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// program is what is started in a session of its own, with nothing on stdin, in the agent's working directory.
type program struct {
	path string
	argv []string
	env  environment
	// umask is the container's own when it is nil.
	umask          *int
	stdout, stderr descriptor
}

// descriptor is an open file of the agent, in blocking mode, which is what programs expect.
type descriptor int

// Fd is the number as the kernel takes it.
func (d descriptor) Fd() uintptr { return uintptr(d) }

func (d descriptor) close() { _ = syscall.Close(int(d)) }

// outputPipe makes a pipe for a program's output: the end that the agent reads, and the one that programs get.
func outputPipe() (*os.File, descriptor, error) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return nil, 0, fmt.Errorf("no pipe for the output: %w", err)
	}
	// Larger than the default, as far as the system allows: fewer turns between the writer and the agent.
	_, _ = unix.FcntlInt(uintptr(ends[1]), unix.F_SETPIPE_SZ, largestPipe)
	// Only the end that is the agent's own: the flag belongs to one end, not to the pipe. Go can then wait for it with a deadline.
	if err := unix.SetNonblock(ends[0], true); err != nil {
		return nil, 0, err
	}
	return os.NewFile(uintptr(ends[0]), "output"), descriptor(ends[1]), nil
}

const largestPipe = 1 << 20

// emptyInput is /dev/null, or where there is no /dev, a pipe that nobody writes to.
func emptyInput() (*os.File, error) {
	if null, err := os.Open(os.DevNull); err == nil {
		return null, nil
	}
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return nil, err
	}
	descriptor(ends[1]).close()
	return os.NewFile(uintptr(ends[0]), "stdin"), nil
}

// isProgram tells whether the container's user can execute a file.
func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && unix.Access(path, unix.X_OK) == nil
}

// lookUp finds a program by the PATH of its environment, as a shell does.
func lookUp(name string, env environment) string {
	if strings.Contains(name, "/") {
		return name
	}
	for _, folder := range filepath.SplitList(env.get("PATH")) {
		if path := filepath.Join(folder, name); isProgram(path) {
			return path
		}
	}
	return name
}

// signalGroup sends a signal to all processes of a group. It is false when none is left. Signal 0 only asks.
func signalGroup(leader int, signal syscall.Signal) bool {
	return syscall.Kill(-leader, signal) == nil
}

// signalName is the protocol's word for a signal: its name without SIG.
func signalName(signal syscall.Signal) string {
	if name := unix.SignalName(signal); name != "" {
		return strings.TrimPrefix(name, "SIG")
	}
	return fmt.Sprintf("%d", int(signal))
}
