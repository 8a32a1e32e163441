package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// starter starts programs in the environment of the container.
type starter struct {
	reaper *reaper
	env    environment
	// shellFolder holds the agent's own shell, for images that have none.
	shellFolder string
}

// startShell starts a script with the first shell that there is. A file that the system refuses to execute, because it is for
// another machine or lacks its loader, is none.
func (s *starter) startShell(request runRequest, script string, output descriptor, ended func(syscall.WaitStatus)) (int, error) {
	var refused error
	for _, shell := range request.shells {
		if !isProgram(shell) {
			continue
		}
		pid, err := s.reaper.start(program{
			path:   shell,
			argv:   []string{shell, script},
			env:    s.env.withPath(request.pathPrefix, s.toolsBeside(shell)),
			umask:  request.umask,
			stdout: output,
			stderr: output,
		}, ended)
		if err == nil {
			return pid, nil
		}
		if errors.Is(err, syscall.ENOEXEC) && isText(shell) {
			err = errNoProgram
		}
		refused = errors.Join(refused, fmt.Errorf("%s cannot be started: %w", shell, err))
	}
	if refused != nil {
		return 0, refuse("no-shell", "%s", strings.ReplaceAll(refused.Error(), "\n", "; "))
	}
	return 0, refuse("no-shell", "none of %s is executable", strings.Join(request.shells, ", "))
}

// errNoProgram stands for the system's "exec format error" where that does not mean a program for another machine, as the driver takes it.
var errNoProgram = errors.New("it is neither a program nor a script that begins with #!")

// isText tells whether a file that the system cannot execute begins neither like a program nor like a script, whose program may be for
// another machine. It is false for one that cannot be read.
func isText(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	begin := make([]byte, 4)
	count, err := io.ReadFull(file, begin)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return false
	}
	return !bytes.HasPrefix(begin[:count], []byte("#!")) && !bytes.Equal(begin[:count], []byte("\x7fELF"))
}

// toolsBeside is the folder of the agent's own shell when that is the one: where there is no shell, there is no cat either.
func (s *starter) toolsBeside(shell string) string {
	if folder := filepath.Dir(shell); folder == s.shellFolder {
		return folder
	}
	return ""
}
