#!/usr/bin/env bash
# Runs mongo-java-server, a MongoDB that is not ours, to probe the embedded database's probes with; needs Maven and Java 17.
#
#   test/support/independent-mongo.sh [port]     prints "mongodb://127.0.0.1:PORT" once it listens, until it is stopped
#
# Then, elsewhere:  MONGODB_IS=mongo-java-server MONGODB_URI=mongodb://127.0.0.1:PORT npx vitest run test/database/probes
set -euo pipefail

version=1.47.0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat > "$folder/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>probe</groupId><artifactId>probe</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>de.bwaldvogel</groupId><artifactId>mongo-java-server</artifactId><version>$version</version></dependency>
  </dependencies>
</project>
POM

# It says it is MongoDB 5.0 but names the wire version of 4.0, which current drivers refuse: 13 is that of 5.0.
cat > "$folder/Serve.java" <<'JAVA'
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.ServerVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.util.List;

public class Serve {
  public static void main(String[] arguments) throws Exception {
    MongoVersion version = new MongoVersion() {
      public List<Integer> getVersionArray() { return ServerVersion.MONGO_5_0.getVersionArray(); }
      public int getWireVersion() { return 13; }
    };
    MongoServer server = new MongoServer(new MemoryBackend().version(version));
    server.bind("127.0.0.1", Integer.parseInt(arguments[0]));
    System.out.println("mongodb://127.0.0.1:" + server.getLocalAddress().getPort());
    Thread.currentThread().join();
  }
}
JAVA

mvn -q -f "$folder/pom.xml" dependency:copy-dependencies -DoutputDirectory="$folder/lib" >&2
java -cp "$folder/lib/*" "$folder/Serve.java" "${1:-0}" 2>/dev/null &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
trap 'exit 143' TERM INT
wait "$server"
