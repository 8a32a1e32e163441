package main

import (
	"net"
	"time"

	"golang.org/x/crypto/ssh"
)

const (
	// loginTimeout is for the way from the first byte to an authenticated connection.
	loginTimeout = 20 * time.Second
	// A peer that does not answer a keepalive in time has vanished, though nobody has closed its connection.
	keepaliveInterval = 15 * time.Second
	keepalivePatience = 30 * time.Second
)

// greet serves one connection to its end.
func (s *server) greet(line net.Conn) {
	defer line.Close()
	_ = line.SetDeadline(time.Now().Add(loginTimeout))
	connection, channels, requests, err := ssh.NewServerConn(line, s.config)
	if err != nil {
		return
	}
	_ = line.SetDeadline(time.Time{})
	s.logins.enter()
	defer s.logins.leave()
	over := make(chan struct{})
	defer close(over)
	go keepAlive(connection, over)
	// Forwarding in the other direction, and everything else that is asked of the connection as a whole, keepalives included.
	go ssh.DiscardRequests(requests)
	for channel := range channels {
		if channel.ChannelType() != "session" {
			_ = channel.Reject(ssh.Prohibited, "only sessions")
			continue
		}
		accepted, asked, err := channel.Accept()
		if err != nil {
			continue
		}
		go s.session(accepted, asked)
	}
}

// session answers one exec request. Whatever else a session can ask for is refused.
func (s *server) session(channel ssh.Channel, requests <-chan *ssh.Request) {
	gone := make(chan struct{})
	defer close(gone)
	taken := false
	for request := range requests {
		var exec struct{ Command string }
		if taken || request.Type != "exec" || ssh.Unmarshal(request.Payload, &exec) != nil {
			_ = request.Reply(false, nil)
			continue
		}
		taken = true
		_ = request.Reply(true, nil)
		go s.answer(exec.Command, &answer{channel, gone})
	}
}

// keepAlive closes a connection whose peer has vanished.
func keepAlive(connection ssh.Conn, over <-chan struct{}) {
	ticker := time.NewTicker(keepaliveInterval)
	defer ticker.Stop()
	for {
		select {
		case <-over:
			return
		case <-ticker.C:
		}
		late := time.AfterFunc(keepalivePatience, func() { _ = connection.Close() })
		_, _, err := connection.SendRequest("keepalive@openssh.com", true, nil)
		late.Stop()
		if err != nil {
			return
		}
	}
}
