package io.blinkreactor.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RetryBudgetTest {

  @Test
  void eachRetryTakesOneAndEachSuccessGivesOneBackUpToTheCapacity() {
    RetryBudget budget = new RetryBudget(2);
    assertThat(budget.take()).isTrue();
    assertThat(budget.take()).isTrue();
    assertThat(budget.take()).isFalse();
    budget.success();
    assertThat(budget.take()).isTrue();
    for (int i = 0; i < 5; i++) {
      budget.success();
    }
    assertThat(budget.left()).isEqualTo(2);
  }
}
