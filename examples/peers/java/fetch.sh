#!/bin/sh
# Fills build/lib with what pom.xml names, and with protobuf's own protos. Maven is started only when pom.xml has changed.
set -eu

if cmp -s pom.xml build/lib/pom.xml; then
	exit
fi
case "$(uname -s) $(uname -m)" in
"Linux x86_64") platform=linux-x86_64 ;;
"Linux aarch64") platform=linux-aarch_64 ;;
"Darwin arm64") platform=osx-aarch_64 ;;
"Darwin x86_64") platform=osx-x86_64 ;;
*) echo "fetch.sh: no protoc is known for $(uname -sm): name its classifier here" >&2 && exit 1 ;;
esac
mkdir -p build
rm -rf build/lib build/lib.new
# Even when it is quiet Maven writes control characters, so what it says is shown only where it fails.
if ! mvn --batch-mode -Dstyle.color=never "-Dprotoc.platform=$platform" dependency:copy-dependencies >build/maven.log 2>&1; then
	cat build/maven.log >&2
	exit 1
fi
mv "build/lib.new/protoc-$platform.exe" build/lib.new/protoc
chmod +x build/lib.new/protoc
(cd build/lib.new && jar xf protobuf-java.jar google/protobuf)
cp pom.xml build/lib.new/
mv build/lib.new build/lib
