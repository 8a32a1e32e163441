package main

import (
	"errors"
	"fmt"
)

// refusal is what the agent answers instead of doing something: the protocol's word and a sentence for people.
type refusal struct {
	word, message string
}

func (r *refusal) Error() string { return r.message }

func refuse(word, format string, values ...any) *refusal {
	return &refusal{word, fmt.Sprintf(format, values...)}
}

// asRefusal gives the protocol's word "failed" to whatever has none of its own.
func asRefusal(err error) *refusal {
	if own, is := errors.AsType[*refusal](err); is {
		return own
	}
	return refuse("failed", "%v", err)
}
