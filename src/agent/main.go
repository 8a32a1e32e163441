// Program eci-agent is PID 1 of the containers of a container group: it takes scripts over SSH, runs and supervises them, and
// sends their output. docs/agent-protocol.md is the contract between it and the driver.
package main

import (
	"fmt"
	"os"
)

// protocol is the version of docs/agent-protocol.md that the agent speaks.
const protocol = 1

// version is set by the build.
var version = "dev"

const usage = `eci-agent install --dest DIR --keys FROM:TO [--keys FROM:TO ...]
eci-agent serve --container NAME --port PORT --keys DIR --run DIR --max-lifetime SECONDS --abandon-after SECONDS
eci-agent version`

func main() {
	if err := run(os.Args[1:]); err != nil {
		say("%v", err)
		os.Exit(1)
	}
}

func run(words []string) error {
	command := ""
	if len(words) > 0 {
		command = words[0]
	}
	switch command {
	case "install":
		options, err := parseInstall(words[1:])
		if err != nil {
			return err
		}
		return install(options)
	case "serve":
		options, err := parseServe(words[1:])
		if err != nil {
			return err
		}
		return serve(options)
	case "version":
		fmt.Printf("eci-agent %s, protocol %d\n", version, protocol)
		return nil
	case "help", "-h", "-help", "--help":
		fmt.Println(usage)
		return nil
	default:
		return fmt.Errorf("there is no command %q; the commands are:\n%s", command, usage)
	}
}

// say writes a line to the container's log. It never tells what a script holds or prints.
func say(format string, values ...any) {
	fmt.Printf("eci-agent: "+format+"\n", values...)
}
