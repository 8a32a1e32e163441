package main

import (
	"encoding/json"
	"io"

	"golang.org/x/crypto/ssh"
)

// failureStatus is the SSH exit status of errors and interrupted runs. It is for people: a script may end with 255 too.
const failureStatus = 255

// answer is the agent's end of one exec channel: bytes of the job go to its stdout, messages of the agent to its stderr. What is
// sent to a client that has gone is dropped.
type answer struct {
	channel ssh.Channel
	// gone is closed when the client has closed the channel, or its connection is lost.
	gone <-chan struct{}
}

type startedEvent struct {
	Event    string `json:"event"`
	Attached bool   `json:"attached"`
	Size     int64  `json:"size"`
}

type endEvent struct {
	Event  string `json:"event"`
	End    string `json:"end"`
	Code   *int   `json:"code,omitempty"`
	Signal string `json:"signal,omitempty"`
	OOM    bool   `json:"oom,omitempty"`
	Size   int64  `json:"size"`
}

type errorEvent struct {
	Event   string `json:"event"`
	Error   string `json:"error"`
	Message string `json:"message"`
}

// ignoreInput reads on, so that a client that sends more than anybody wants is not held up.
func (a *answer) ignoreInput() {
	go func() { _, _ = io.Copy(io.Discard, a.channel) }()
}

// event sends a message. It waits for the client to make room for it.
func (a *answer) event(event any) error {
	return writeLine(a.channel.Stderr(), event)
}

// tell sends an answer as one JSON object and ends the channel.
func (a *answer) tell(object any) {
	_ = writeLine(a.channel, object)
	a.exit(0)
}

// refuse sends the error as the last message.
func (a *answer) refuse(err error) {
	why := asRefusal(err)
	_ = a.event(errorEvent{"error", why.word, why.message})
	a.exit(failureStatus)
}

// end sends how a run has ended as the last message.
func (a *answer) end(o *outcome, size int64) {
	event := endEvent{Event: "end", End: o.end, Signal: o.signal, OOM: o.oom, Size: size}
	if o.end == "exited" {
		event.Code = &o.code
	}
	if a.event(event) != nil {
		return
	}
	switch o.end {
	case "exited":
		a.exit(o.code)
	case "signalled":
		a.exitSignal(o.signal)
	default:
		a.exit(failureStatus)
	}
}

// exit sends an exit status and closes the channel (RFC 4254, section 6.10).
func (a *answer) exit(code int) {
	a.close("exit-status", ssh.Marshal(struct{ Status uint32 }{uint32(code)}))
}

// exitSignal does the same for a program that a signal has ended; the name goes without SIG.
func (a *answer) exitSignal(name string) {
	a.close("exit-signal", ssh.Marshal(struct {
		Name       string
		CoreDumped bool
		Message    string
		Language   string
	}{Name: name}))
}

func (a *answer) close(request string, payload []byte) {
	_, _ = a.channel.SendRequest(request, false, payload)
	_ = a.channel.CloseWrite()
	_ = a.channel.Close()
}

func writeLine(to io.Writer, object any) error {
	line, err := json.Marshal(object)
	if err != nil {
		return err
	}
	_, err = to.Write(append(line, '\n'))
	return err
}
