package io.blinkreactor.internal.export;

import io.blinkreactor.ArchiveException;
import io.blinkreactor.internal.export.Manifest.Run;
import io.blinkreactor.internal.export.Manifest.Slice;
import io.blinkreactor.stream.InvalidCheckpointException;
import java.io.IOException;
import java.time.Instant;

/** The manifest while a run writes its archive. Safe for use by many threads. */
final class RunNotes {

  private final ArchiveDirectory directory;
  private final ExportMeter meter;
  private Manifest manifest;

  RunNotes(ArchiveDirectory directory, ExportMeter meter, Manifest manifest) {
    this.directory = directory;
    this.meter = meter;
    this.manifest = manifest;
  }

  ArchiveDirectory directory() {
    return directory;
  }

  /** That of the archive, whose columns may be those of an earlier version of the library. */
  synchronized Encoding encoding() {
    return DirectoryArchive.encoding(manifest);
  }

  synchronized Run run() {
    return manifest.last();
  }

  synchronized void save(Slice slice) throws IOException {
    put(manifest.last().with(slice, meter.counts()));
  }

  synchronized void end(Instant at) throws IOException {
    put(manifest.last().ended(at));
  }

  ArchiveException damaged(InvalidCheckpointException checkpoint) {
    return ArchiveFaults.damaged(
        directory.file(ArchiveDirectory.MANIFEST),
        "has changed: a checkpoint in it is none",
        checkpoint);
  }

  private void put(Run run) throws IOException {
    Manifest changed = manifest.with(run);
    directory.write(changed);
    manifest = changed;
  }
}
