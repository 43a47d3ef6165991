#!/usr/bin/env bash
# Generates common/pb/ from proto/ and stamps it with a hash of the schemas.
#
# The generator lives in a virtual environment of its own (.venv-protos), since it pins an older
# protobuf than the programs run on: code that it generates loads on the newer runtime, and code of
# a newer generator would not load on every runtime that TensorFlow accepts.
set -euo pipefail
export LC_ALL=C
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

generator=.venv-protos
if ! "$generator/bin/python" -c 'import grpc_tools' 2>/dev/null; then
  "${PYTHON:-python3}" -m venv --clear "$generator"
  "$generator/bin/pip" install --quiet --disable-pip-version-check grpcio-tools==1.76.0
fi

# The virtual folder makes the modules know their package, so that their classes pickle.
schemas=(proto/*.proto)
"$generator/bin/python" -m grpc_tools.protoc --proto_path=common/pb=proto --python_out=. \
  "${schemas[@]/#proto/common/pb}"
# The same computation as in tests/test_common_pb.py, which fails when the stamp is stale.
cat "${schemas[@]}" | sha256sum | cut -d' ' -f1 > common/pb/SCHEMAS.sha256
echo "Generated ${#schemas[@]} modules in common/pb."
