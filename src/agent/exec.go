package main

import (
	"fmt"
	"io"
	"sync"
	"syscall"
	"time"
)

// Statuses that have their meaning from `timeout` and from shells.
const (
	timedOut    = 124
	cannotStart = 127
)

// execute runs a program for a check. It is over when the program has ended and its output was read to the end; whatever of it is
// left at the timeout, or when the client goes, gets KILL.
func execute(request execRequest, s *starter, a *answer) error {
	stdout, stdoutEnd, err := outputPipe()
	if err != nil {
		return err
	}
	defer stdout.Close()
	stderr, stderrEnd, err := outputPipe()
	if err != nil {
		stdoutEnd.close()
		return err
	}
	defer stderr.Close()

	exited := make(chan syscall.WaitStatus, 1)
	env := s.env.withPath(request.pathPrefix, "")
	leader, err := s.reaper.start(program{
		path:   lookUp(request.argv[0], env),
		argv:   request.argv,
		env:    env,
		stdout: stdoutEnd,
		stderr: stderrEnd,
	}, func(status syscall.WaitStatus) { exited <- status })
	stdoutEnd.close()
	stderrEnd.close()
	if err != nil {
		_, _ = fmt.Fprintf(a.channel.Stderr(), "%s: %v\n", request.argv[0], err)
		a.exit(cannotStart)
		return nil
	}

	var pumps sync.WaitGroup
	pumps.Go(func() { _, _ = io.Copy(a.channel, stdout) })
	pumps.Go(func() { _, _ = io.Copy(a.channel.Stderr(), stderr) })
	sent := make(chan struct{})
	go func() {
		pumps.Wait()
		close(sent)
	}()
	status, ended := waitForProgram(exited, sent, request.timeout, a.gone)
	signalGroup(leader, syscall.SIGKILL)
	switch {
	case !ended:
		a.exit(timedOut)
	case status.Signaled():
		a.exitSignal(signalName(status.Signal()))
	default:
		a.exit(status.ExitStatus())
	}
	return nil
}

// waitForProgram waits for the program's end and for its output, until the timeout or the client's leave. It tells whether the
// program has ended by then.
func waitForProgram(exited <-chan syscall.WaitStatus, sent <-chan struct{}, timeout time.Duration, gone <-chan struct{}) (status syscall.WaitStatus, ended bool) {
	late := time.After(timeout)
	for exited != nil || sent != nil {
		select {
		case status = <-exited:
			ended, exited = true, nil
		case <-sent:
			sent = nil
		case <-late:
			return status, ended
		case <-gone:
			return status, ended
		}
	}
	return status, ended
}
