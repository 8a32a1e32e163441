package main

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"
)

// farewell is how long followers may take the rest of the logs when the container ends.
const farewell = 2 * time.Second

// server is the agent of one container.
type server struct {
	container string
	startedAt time.Time
	config    *ssh.ServerConfig
	starter   *starter
	runs      *runs
	logins    *logins
	followers crowd
	lines     *lines
	stopOnce  sync.Once
	stopped   chan struct{}
}

// serve is the agent's life in a container. It returns when the container is to end.
func serve(options serveOptions) error {
	own := ownEnvironment()
	escapeGoVariables(own)
	tuneMemory()
	adoptOrphans()
	config, err := serverConfig(options.keys)
	if err != nil {
		return err
	}
	s := &server{container: options.container, startedAt: time.Now(), config: config, stopped: make(chan struct{})}
	s.starter = &starter{reaper: newReaper(), env: own.ofScripts(), shellFolder: filepath.Join(ownFolder(), shellFolder)}
	s.runs = newRuns(options.run, s.starter)
	s.lines, err = listen(own.get(listenVariable), options.port)
	if err != nil {
		return err
	}
	protectMemory()
	platformStops(s.stop)
	s.logins = newLogins(options.abandonAfter, func() {
		s.stop("nobody has logged in for " + options.abandonAfter.String())
	})
	time.AfterFunc(options.maxLifetime, func() { s.stop("the lifetime of " + options.maxLifetime.String() + " is over") })
	say("%s, protocol %d, serves %s on %s as user %d", version, protocol, options.container, s.lines.address(), os.Getuid())
	s.lines.accept(s.greet)
	<-s.stopped
	return nil
}

// stop ends the container; docs/agent-protocol.md, section 7. The first reason counts.
func (s *server) stop(reason string) {
	s.stopOnce.Do(func() {
		say("stopping: %s", reason)
		s.runs.interruptAll()
		s.followers.waitUntilEmpty(farewell)
		s.lines.close()
		endDescendants()
		close(s.stopped)
	})
}

// ownFolder is where the agent lies.
func ownFolder() string {
	self, err := os.Executable()
	if err != nil {
		return filepath.Dir(os.Args[0])
	}
	return filepath.Dir(self)
}

// adoptOrphans makes the agent the one that inherits orphans where it is not PID 1 anyway.
func adoptOrphans() {
	if os.Getpid() != 1 {
		_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	}
}

// protectMemory keeps scripts of the same user, unless it is root, from the agent's memory and open files: keys and logs.
// /proc/self belongs to root from then on, so it has to be read before.
func protectMemory() {
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
}

// tuneMemory trades a little processor time for memory, which is the job's.
func tuneMemory() {
	debug.SetGCPercent(50)
}
