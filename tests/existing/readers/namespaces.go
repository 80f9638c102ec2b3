// SPDX-License-Identifier: GPL-2.0-only

// Prints how many processes prometheus/procfs can tell the namespaces of, and what it says of
// the others, with their pids and the link's text left out; then those of process 1.
package main

import (
	"fmt"
	"os"
	"regexp"
	"sort"
	"strings"

	"github.com/prometheus/procfs"
)

func main() {
	processes, err := procfs.AllProcs()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	inside := regexp.MustCompile(`"\[[0-9]+\]"`)
	read, errors := 0, map[string]int{}
	for _, process := range processes {
		_, err := process.Namespaces()
		switch {
		case err == nil:
			read++
		case os.IsNotExist(err):
			// It has ended since it was listed.
		default:
			errors[inside.ReplaceAllString(err.Error(), `"[N]"`)]++
		}
	}
	failed := 0
	for text, count := range errors {
		failed += count
		fmt.Println("error:", text)
	}
	switch {
	case failed == 0 && read > 0:
		fmt.Println("reads: every process")
	case failed > 0 && read == 0:
		fmt.Println("reads: no process")
	default:
		fmt.Printf("reads: %d, fails for %d\n", read, failed)
	}
	process, err := procfs.NewProc(1)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if namespaces, err := process.Namespaces(); err == nil {
		names := []string{}
		for name, namespace := range namespaces {
			if namespace.Inode == 0 {
				name += " without a number"
			}
			names = append(names, name)
		}
		sort.Strings(names)
		fmt.Println("names:", strings.Join(names, " "))
	}
}
