package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// reaper starts every child of the agent and is the only one that waits for processes. As PID 1 the agent inherits each orphan of
// its container: a second one that waits would now and then take the status that the other one needs. So nothing here uses os/exec.
type reaper struct {
	mu       sync.Mutex
	children map[int]func(syscall.WaitStatus)
}

func newReaper() *reaper {
	r := &reaper{children: map[int]func(syscall.WaitStatus){}}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)
	go func() {
		for range ended {
			r.reap()
		}
	}()
	return r
}

// reap takes the status of every process that has ended until now.
func (r *reaper) reap() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if ended, ours := r.children[pid]; ours {
			delete(r.children, pid)
			ended(status)
		}
	}
}

// start starts a program. Its end cannot be missed: nobody waits before it is known here.
//
// ended is called once, with the reaper's lock held: it has to return at once.
func (r *reaper) start(p program, ended func(syscall.WaitStatus)) (pid int, err error) {
	stdin, err := emptyInput()
	if err != nil {
		return 0, err
	}
	defer stdin.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	// The umask belongs to the whole process. All children start under this lock, and the files that the agent makes get their
	// modes otherwise, so nobody else sees the other one.
	if p.umask != nil {
		defer syscall.Umask(syscall.Umask(*p.umask))
	}
	pid, err = syscall.ForkExec(p.path, p.argv, &syscall.ProcAttr{
		Env:   p.env,
		Files: []uintptr{stdin.Fd(), p.stdout.Fd(), p.stderr.Fd()},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return 0, err
	}
	r.children[pid] = ended
	preferForMemoryKiller(pid)
	return pid, nil
}

// outputOf runs a program to its end and returns what it writes to stdout.
func (r *reaper) outputOf(argv ...string) (string, error) {
	pipe, end, err := outputPipe()
	if err != nil {
		return "", err
	}
	defer pipe.Close()
	exited := make(chan syscall.WaitStatus, 1)
	_, err = r.start(
		program{path: argv[0], argv: argv, stdout: end, stderr: descriptor(syscall.Stderr)},
		func(status syscall.WaitStatus) { exited <- status },
	)
	end.close()
	if err != nil {
		return "", err
	}
	output, err := io.ReadAll(pipe)
	if status := <-exited; err == nil && status != 0 {
		err = fmt.Errorf("it has ended with %d", status.ExitStatus())
	}
	return string(output), err
}
