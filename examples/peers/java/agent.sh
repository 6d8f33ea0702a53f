#!/bin/sh
# Starts the agent; does what Java cannot: sets the umask, moves the real stdout to descriptor 3, and points 1 at stderr.
# agent.sh OPTION CLASS: with another option of the JVM than the archive of classes, and another class than Agent. The build
# makes the archive so.
umask 000
exec 3>&1 1>&2
# Quick to start: the classes of the archive are there without being loaded and verified one by one. No files: neither
# performance data in /tmp nor crash reports. Only the quick compiler: most agents live for a few seconds. What NIO keeps for
# each thread is bounded, since messages can be large.
exec java "${1:--XX:SharedArchiveFile=build/agent.jsa}" -Xshare:auto -Xlog:cds=off -XX:+UseSerialGC \
	-XX:TieredStopAtLevel=1 -XX:MaxRAMPercentage=60 -XX:-UsePerfData -XX:+ErrorFileToStderr -XX:-CreateCoredumpOnCrash \
	-Djdk.nio.maxCachedBufferSize=1048576 \
	-cp build/agent.jar:build/lib/jeromq.jar:build/lib/jnacl.jar:build/lib/protobuf-java.jar "interop.agent.${2:-Agent}"
