package io.blinkreactor.examples.cli;

import io.blinkreactor.ApiException;
import io.blinkreactor.ArchiveException;
import io.blinkreactor.BlinkreactorException;
import io.blinkreactor.DeadlineException;
import io.blinkreactor.RunException;
import io.blinkreactor.StoreException;
import io.blinkreactor.StreamException;
import io.blinkreactor.TransportException;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;
import reactor.core.Exceptions;
import reactor.netty.ChannelBindException;

/** Turns whatever goes wrong into one readable line and an exit code. */
final class Failures {

  static final int ENDED_OTHERWISE = 1;
  static final int USAGE = 2;
  static final int REFUSED = 3;
  static final int NETWORK = 4;
  static final int STORAGE = 5;
  static final int INTERRUPTED = 130;

  private Failures() {}

  static UsageException cannotListen(HostPort address, ChannelBindException error) {
    // Its own message says only where; why, says what is behind it.
    Throwable cause = error.getCause() == null ? error : error.getCause();
    return new UsageException(
        "Can't listen on "
            + address
            + " ("
            + cause.getMessage()
            + "): set --listen to a free address of this machine.");
  }

  static int handle(Exception error, CommandLine line, ParseResult parsed) {
    Throwable cause = Exceptions.unwrap(error);
    print(cause, line.getErr(), isVerbose(line));
    return exitCode(cause);
  }

  /** Without the whole help, which would push the error out of sight. */
  static int misused(ParameterException error, String[] args) {
    CommandLine line = error.getCommandLine();
    line.getErr().println("error: " + error.getMessage());
    UnmatchedArgumentException.printSuggestions(error, line.getErr());
    line.getErr()
        .println("\"" + line.getCommandSpec().qualifiedName() + " --help\" tells what there is.");
    line.getErr().flush();
    return USAGE;
  }

  static void print(Throwable cause, PrintWriter err, boolean verbose) {
    if (verbose) {
      cause.printStackTrace(err);
    } else {
      err.println("error: " + text(cause).replace('\n', ' '));
    }
    if (cause instanceof StreamException stream && stream.checkpoint() != null) {
      err.println("go on with: --from " + stream.checkpoint());
    }
    err.flush();
  }

  static int exitCode(Throwable cause) {
    if (cause instanceof StreamException stream) {
      return stream.getCause() == null ? REFUSED : exitCode(stream.getCause());
    } else if (cause instanceof ApiException) {
      return REFUSED;
    } else if (cause instanceof TransportException || cause instanceof DeadlineException) {
      return NETWORK;
    } else if (cause instanceof RunException run) {
      return run.reason() == RunException.Reason.START_UNKNOWN ? NETWORK : ENDED_OTHERWISE;
    } else if (cause instanceof StoreException store) {
      return switch (store.reason()) {
        case FAILED, DAMAGED -> STORAGE;
        default -> USAGE;
      };
    } else if (cause instanceof ArchiveException archive) {
      return switch (archive.reason()) {
        case FAILED, DAMAGED -> STORAGE;
        default -> USAGE;
      };
    } else if (cause instanceof OutputException) {
      return STORAGE;
    } else if (cause instanceof IllegalArgumentException || cause instanceof UsageException) {
      return USAGE;
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  /** Old JDKs take the letters of names from the locale, and cron's has none but ASCII. */
  static String unfit(InvalidPathException name) {
    String input = name.getInput();
    boolean ascii = input.chars().allMatch(letter -> letter < 128);
    return "'"
        + input
        + "' can't name a file here: "
        + (ascii ? name.getReason() + "." : "set LC_ALL=C.UTF-8 for such letters.");
  }

  private static String text(Throwable cause) {
    if (cause instanceof InvalidPathException name) {
      return unfit(name);
    }
    String message = cause.getMessage();
    boolean ours =
        cause instanceof BlinkreactorException || exitCode(cause) != CommandLine.ExitCode.SOFTWARE;
    return ours && message != null
        ? inOptions(message)
        : "unexpected "
            + cause.getClass().getSimpleName()
            + ": "
            + message
            + " (--verbose shows where)";
  }

  /** The library names its builders' methods; here they are options. */
  private static String inOptions(String message) {
    return message
        .replace(" or clientCredentials(...)", "")
        .replace("call apiKey(...)", "use --api-key-file")
        .replace("apiKey(...)", "--api-key-file")
        .replace("call workspace(...)", "use --workspace")
        .replace("workspace(...)", "--workspace")
        .replace("baseUrl(...)", "--base-url")
        .replace("call keys(...)", "use --callback-key-file")
        .replace("call tls(...), or trustedProxies(...)", "use --trusted-proxy")
        .replace("'trustedProxies'", "--trusted-proxy")
        .replace("call publicUrl(...)", "use --public-url")
        .replace("publicUrl(...)", "--public-url")
        .replace("call paging(PagingMode.OFFSET)", "use --paging OFFSET")
        .replace("paging(...)", "--paging")
        .replace("Choose another PagingMode", "Use another --paging")
        .replaceAll("choose (PagingMode\\.)?([A-Z]+)( or [A-Z]+)?,", "use --paging $2$3,")
        .replaceAll("(choose |with )PagingMode\\.([A-Z]+)", "with --paging $2")
        .replace("leave 'sort' out of the query", "leave --sort out")
        .replace("oldestFirst()", "--oldest-first")
        .replaceAll("set contract\\(([A-Z]+)\\)", "use --contract $1")
        .replace("contract(...)", "--contract")
        .replace("'pageSize'", "--page-size")
        .replace("'parallel'", "--parallel")
        .replace("'slices'", "--slices")
        .replace("'pause'", "--every")
        .replace("'partBytes'", "--part-size")
        .replace("'requestsPerSecond'", "--rate")
        .replace("'from'", "--from")
        .replace("'to'", "--to")
        .replace("leave to(...) out", "leave --to out")
        .replace("slices(...)", "--slices")
        .replace("resume()", "--resume")
        .replace("incremental()", "--incremental")
        .replace("allowPlainHttp", "--insecure");
  }

  private static boolean isVerbose(CommandLine line) {
    return line.getCommand() instanceof VerboseCommand command && command.logging.verbose;
  }

  /** Something about the call is wrong that picocli can't see. */
  static final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
      super(message);
    }
  }

  /** What was made could not be written. */
  static final class OutputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OutputException(String message) {
      super(message);
    }
  }
}
