"""How far the work is: tasks done, recurring duty kept, what had to be supervised, and what all of it adds up to."""

from cityinit.numerals import join_cn

from .deeds import measure_of
from .telling import Row, Telling
from .wording import clean, counted, mark, sentence, together


class Progress(Telling):
    """What it needs of the facts: the figures of tasks and duty, and the totals several tasks share."""

    def task_progress(self) -> str:
        """任务8项，已办结5项，完成率62.5%，时间进度49.6%; recurring duty is said apart, for it is never done."""
        recurring, total = self.figure("tasks.recurring"), self.figure("tasks.total")
        day = self.facts["period"]["last_day"]
        if not total:
            return sentence(f"截至{day}", f"{recurring}项常态化工作持续开展") if recurring else ""
        share = self.figure("time.share")
        return sentence(
            f"截至{day}",
            f"除{recurring}项常态化工作外" if recurring else "",
            f"列入台账的任务{total}项",
            f"已办结{self.figure('tasks.done')}项",
            f"完成率{self.figure('tasks.completion')}",
            f"时间进度{share}" if share else "",
            self.past_half(),
            self.late_tasks(),
        )

    def late_tasks(self) -> str:
        """未办结的3项均已过完成时限 · 未办结任务中有2项已过完成时限: only what is not done can be late."""
        late = self.figure("tasks.late")
        if not late:
            return ""
        unfinished = int(self.plain("tasks.total")) - int(self.plain("tasks.done"))
        if int(self.plain("tasks.late")) < unfinished:
            return f"未办结任务中有{late}项已过完成时限"
        return f"未办结的{late}项{'均' if unfinished > 1 else ''}已过完成时限"

    def past_half(self) -> str:
        """时间过半、任务完成过半: in the first half of the year, from half done on, not behind the time."""
        if not self.facts["period"]["in_first_half"] or "time.share" not in self.figures:
            return ""
        completion = float(self.figures["tasks.completion"]["text"].rstrip("%"))
        if float(self.figures["time.share"]["text"].rstrip("%")) >= 100:
            return ""
        if completion < 50 or completion < float(self.figures["time.share"]["text"].rstrip("%")):
            return ""
        return "实现时间过半、任务完成过半"

    def recurring_kept(self) -> str:
        """常态化工作中，3项由4个单位逐次登记，应落实52次，已落实48次，落实率92.3%; a hundred per cent needs no rate."""
        due, kept = self.figure("recurring.due"), self.figure("recurring.kept")
        if not due:
            return ""
        tasks, units = self.figure("recurring.tasks"), self.figure("recurring.units")
        whose = f"常态化工作中，{tasks}项由{units}个单位逐次登记，" if tasks else "逐次登记的常态化工作"
        if self.plain("recurring.due") == self.plain("recurring.kept"):
            return sentence(f"{whose}应落实{due}次，全部落实")
        rate = self.figure("recurring.rate")
        return sentence(f"{whose}应落实{due}次，已落实{kept}次", f"落实率{rate}")

    def supervision(self) -> str:
        """对4项任务催办6次，对进展缓慢的2项任务进行督办，印发督办函3份，批准延期2件; to a unit it was done."""
        told = []
        tasks, times = self.figure("nudges.tasks"), self.figure("nudges.times")
        if times:
            told.append(f"对{tasks}项任务催办{times}次" if self.is_host else f"{tasks}项任务被催办{times}次")
        tasks, letters = self.figure("supervision.tasks"), self.figure("supervision.letters")
        if letters and self.is_host:
            told.append(f"对进展缓慢的{tasks}项任务进行督办，印发督办函{letters}份")
        elif letters:
            told.append(f"{tasks}项任务被督办，收到督办函{letters}份")
        if granted := self.figure("extensions.granted"):
            told.append(f"批准任务延期{granted}件" if self.is_host else f"获准任务延期{granted}件")
        return sentence("；".join(told))

    def shared_totals(self) -> str:
        """护学劝导、志愿服务日两项任务累计参与志愿者5060人次: whose sum it is, lest a register contradict it."""
        by_tasks: dict[tuple[tuple[str, str], ...], list[str]] = {}
        for row in self.facts["shared_totals"]:
            told = f"{clean(row['label'])}{mark(row['figure'], row['text'])}"
            by_tasks.setdefault(self.tasks_counting(row), []).append(told)
        return sentence(
            "；".join(
                f"{join_cn([name for name, _source in tasks[:3]])}{'等' if len(tasks) > 3 else ''}"
                f"{mark(together([source for _name, source in tasks]), counted(len(tasks)))}项任务累计{join_cn(totals)}"
                for tasks, totals in by_tasks.items()
                if tasks
            )
        )

    def tasks_counting(self, shared: Row) -> tuple[tuple[str, str], ...]:
        """The tasks whose quantities the shared total adds up, each with its key."""
        same = (shared["label"], measure_of(shared["text"]))
        return tuple(
            (clean(task["name"]), task["src"])
            for task in self.facts["tasks"]
            if any((row["label"], measure_of(row["text"])) == same for row in task["totals"])
        )
