package io.blinkreactor.examples.cli;

import io.blinkreactor.blinkops.ExecuteRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** What a workflow is started with. */
final class InputOptions {

  @Option(
      names = "--input",
      paramLabel = "k=v",
      description = "An input of the workflow; may be repeated.")
  Map<String, String> inputs = new LinkedHashMap<>();

  /** A request with these inputs. */
  ExecuteRequest.Builder request() {
    ExecuteRequest.Builder request = ExecuteRequest.builder();
    if (!inputs.isEmpty()) {
      request.inputs(inputs);
    }
    return request;
  }
}
