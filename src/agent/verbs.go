package main

import (
	"os"
	"runtime"
	"syscall"
	"time"
)

type helloAnswer struct {
	Protocol  int     `json:"protocol"`
	Agent     string  `json:"agent"`
	Container string  `json:"container"`
	UID       int     `json:"uid"`
	Arch      string  `json:"arch"`
	Uptime    float64 `json:"uptime"`
}

type killAnswer struct {
	Running bool `json:"running"`
}

var killSignals = map[string]syscall.Signal{
	"TERM": syscall.SIGTERM,
	"KILL": syscall.SIGKILL,
	"INT":  syscall.SIGINT,
	"HUP":  syscall.SIGHUP,
}

// answer carries out one exec request; docs/agent-protocol.md, section 2, says what goes where.
func (s *server) answer(command string, a *answer) {
	request, refused := parseRequest(command)
	if refused != nil {
		a.ignoreInput()
		a.refuse(refused)
		return
	}
	if err := s.carryOut(request, a); err != nil {
		a.refuse(err)
	}
}

func (s *server) carryOut(request request, a *answer) error {
	if run, is := request.(runRequest); is {
		return s.run(run, a)
	}
	a.ignoreInput()
	switch r := request.(type) {
	case helloRequest:
		a.tell(helloAnswer{
			protocol, "eci-agent " + version, s.container, os.Getuid(), runtime.GOARCH, time.Since(s.startedAt).Seconds(),
		})
	case followRequest:
		run := s.runs.find(r.id)
		if run == nil {
			return refuse("no-such-run", "there is no run %s", r.id)
		}
		return s.follow(run, true, r.offset, a)
	case killRequest:
		a.tell(killAnswer{s.runs.kill(r.id, killSignals[r.signal])})
	case execRequest:
		return execute(r, s.starter, a)
	}
	return nil
}

func (s *server) run(request runRequest, a *answer) error {
	run, attached, err := s.runs.receive(request, a.channel)
	a.ignoreInput()
	if err != nil {
		return err
	}
	return s.follow(run, attached, request.offset, a)
}

// follow is known to the container's end, which waits for followers a while.
func (s *server) follow(run *scriptRun, attached bool, offset int64, a *answer) error {
	s.followers.enter()
	defer s.followers.leave()
	return follow(run, attached, offset, a)
}
