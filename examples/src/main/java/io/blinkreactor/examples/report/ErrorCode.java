package io.blinkreactor.examples.report;

import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What is counted of one error code, or of several in one. */
final class ErrorCode {

  private static final int PLAYBOOKS = 50;
  private static final int SHOWN = 3;

  private final String code;
  private final Map<Playbook, Long> playbooks = new HashMap<>();
  private String example = "";
  private Instant when = Instant.MIN;
  private long runs;
  private boolean all = true;

  ErrorCode(String code) {
    this.code = code;
  }

  void run(Playbook playbook, String message, Instant time) {
    runs++;
    add(playbook, 1);
    if (!message.isBlank() && !time.isBefore(when)) {
      example = Names.cut(message, 300);
      when = time;
    }
  }

  private void add(Playbook playbook, long more) {
    if (playbooks.size() < PLAYBOOKS || playbooks.containsKey(playbook)) {
      playbooks.merge(playbook, more, Long::sum);
    } else {
      all = false;
    }
  }

  void add(ErrorCode other) {
    runs += other.runs;
    other.playbooks.forEach(this::add);
    all &= other.all;
  }

  String code() {
    return code;
  }

  long runs() {
    return runs;
  }

  Model.Failure model(Function<Playbook, String> label) {
    List<Model.Share> most =
        playbooks.entrySet().stream()
            .map(each -> new Model.Share(label.apply(each.getKey()), each.getValue()))
            .sorted(
                Comparator.comparing((Model.Share share) -> -share.runs())
                    .thenComparing(Model.Share::name))
            .limit(SHOWN)
            .toList();
    return new Model.Failure(code, runs, example, most, playbooks.size() - most.size(), all);
  }
}
