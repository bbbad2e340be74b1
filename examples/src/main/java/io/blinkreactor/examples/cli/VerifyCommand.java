package io.blinkreactor.examples.cli;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.export.Archive.Verification;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Checks an archive. */
@Command(
    name = "verify",
    description = {
      "Read a whole archive and check sums, counts, order, and that no row is there twice.",
      "Exit code 0: sound and complete; 1: sound, but the export has not ended; 5: damaged."
    })
final class VerifyCommand extends VerboseCommand {

  @Mixin ArchivePlace place = new ArchivePlace();

  @Override
  public Integer call() {
    Verification found = requireNonNull(place.archive().verify().block());
    found.faults().forEach(fault -> say("%s", fault));
    say(
        "%s: %s in %s, %s%s%s",
        !found.isSound() ? "damaged" : found.complete() ? "sound" : "sound so far, not complete",
        ExportRun.count(found.rows(), "row"),
        ExportRun.count(found.parts(), found.complete() ? "part" : "whole part"),
        ExportTeller.size(found.bytes()),
        found.again() == 0 ? "" : ", " + found.again() + " of them replace earlier ones",
        found.isSound() && !found.complete()
            ? "; export with --resume goes on from what was noted"
            : "");
    return !found.isSound() ? Failures.STORAGE : found.complete() ? 0 : Failures.ENDED_OTHERWISE;
  }
}
